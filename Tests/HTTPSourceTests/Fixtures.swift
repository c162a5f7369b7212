import HTTPSource
import Questions
import TestSupport

/// A transport of its own for one test, gone when the test ends.
func withTransport<Outcome>(
  _ limits: HTTPTransport.Limits = HTTPTransport.Limits(), environment: [String: String] = [:],
  _ body: (HTTPTransport) async throws -> Outcome
) async throws -> Outcome {
  let transport = try HTTPTransport(limits: limits, environment: environment)
  do {
    let outcome = try await body(transport)
    await transport.shutdown()
    return outcome
  } catch {
    await transport.shutdown()
    throw error
  }
}

func endpoint(_ port: Int, scheme: String = "http", host: String = "127.0.0.1", tls: TLSOptions = TLSOptions())
  -> HTTPEndpoint
{
  HTTPEndpoint(scheme: scheme, host: host, port: port, tls: tls)
}

extension HTTPTransport {
  /// A GET with a deadline that only a defect reaches.
  func get(
    _ endpoint: HTTPEndpoint, _ target: String = "/", headers: [HTTPQuestion.Header] = [],
    timeout: Duration = .seconds(20)
  ) async -> Result<HTTPAnswer, SourceError> {
    await perform(HTTPRequest(endpoint: endpoint, target: target, headers: headers), timeout: timeout)
  }
}

extension Result where Success == HTTPAnswer, Failure == SourceError {
  var text: String? { (try? get()).map { String(decoding: $0.body, as: UTF8.self) } }
  var status: Int? { (try? get())?.status }
  var code: SourceError.Code? { error?.code }
  var error: SourceError? { if case .failure(let error) = self { error } else { nil } }
}
