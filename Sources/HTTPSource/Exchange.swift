internal import CCurl
internal import Questions

/// One request from its arrival to its end, redirects included. Belongs to the transport's thread.
final class Exchange {
  let submission: Submission
  let lane: Lane
  /// Set while curl is at work on it.
  var handle: CurlHandle?
  var isFinished = false

  private let limits: HTTPTransport.Limits
  private let settings: ProcessSettings
  private var url: String
  private var requestsSent = 0
  private var carriesCredentials = true
  /// What the next request carries; nil makes it a GET.
  private var requestBody: HTTPRequest.Body?
  private var answerBody: [UInt8] = []

  init(_ submission: Submission, lane: Lane, limits: HTTPTransport.Limits, settings: ProcessSettings) {
    self.submission = submission
    self.lane = lane
    self.limits = limits
    self.settings = settings
    url = submission.request.url
    requestBody = submission.request.body
  }

  /// A handle for the next request, ready for curl.
  func makeHandle() -> Result<CurlHandle, SourceError> {
    let endpoint = submission.request.endpoint
    guard let handle = CurlHandle() else {
      return .failure(SourceError(.unusableConfiguration, "\(endpoint): libcurl gives no handle"))
    }
    requestsSent += 1
    answerBody.removeAll()
    handle.prepare(
      url: url, headers: carriesCredentials ? submission.request.headers : [], body: requestBody, limits: limits)
    handle.prepareTLS(endpoint.tls, carriesCredentials: carriesCredentials, settings: settings)
    if let proxy = settings.plainHTTPProxy, url.hasPrefix("http://") { handle.set(CURLOPT_PROXY, proxy) }
    handle.collectBody(into: self)
    handle.keepSockets(in: submission.ledger)
    guard handle.setupFailure == CURLE_OK else {
      let reason = String(cString: curl_easy_strerror(handle.setupFailure))
      return .failure(SourceError(.unusableConfiguration, "\(endpoint): libcurl does not take the settings: \(reason)"))
    }
    return .success(handle)
  }

  /// A piece of the body; false where the answer grows too long.
  func receive(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count <= limits.answerBytes - answerBody.count else { return false }
    answerBody.append(contentsOf: bytes)
    return true
  }

  enum Next {
    case finish(Result<HTTPAnswer, SourceError>)
    case followRedirect
  }

  /// What to do now that curl is done with `handle`.
  func next(after code: CURLcode, _ handle: CurlHandle) -> Next {
    let endpoint = submission.request.endpoint
    guard code == CURLE_OK else {
      let failure = CurlFailure(
        code: code, text: handle.failureText, systemError: Int32(truncatingIfNeeded: handle.number(CURLINFO_OS_ERRNO)),
        answerHadBegun: handle.number(CURLINFO_RESPONSE_CODE) > 0, endpoint: endpoint, limits: limits)
      return .finish(.failure(failure.error))
    }
    let status = handle.number(CURLINFO_RESPONSE_CODE)
    if [301, 302, 303, 307, 308].contains(status), let target = handle.text(CURLINFO_REDIRECT_URL) {
      return redirect(to: target, status: status)
    }
    return .finish(.success(HTTPAnswer(status: status, body: answerBody)))
  }

  /// 307 and 308 ask for the same request once more; after the others a POST goes on as a GET (RFC 9110, section 15.4, and
  /// Go's client).
  private func redirect(to target: String, status: Int) -> Next {
    let endpoint = submission.request.endpoint
    func refuse(_ cause: String) -> Next { .finish(.failure(SourceError(.refusedByServer, "\(endpoint): \(cause)"))) }
    guard requestsSent < limits.requestsPerQuestion else {
      return refuse("the server redirects on and on: stopped after \(requestsSent) requests")
    }
    guard let from = Origin(url: url), let to = Origin(url: target), ["http", "https"].contains(to.scheme) else {
      return refuse("the server redirects to something other than http:// and https://")
    }
    // Once another host has had its say, nothing brings the credentials back.
    carriesCredentials = carriesCredentials && from.allowsCredentials(at: to)
    if status != 307 && status != 308 { requestBody = nil }
    guard requestBody == nil || carriesCredentials else {
      return refuse("the server redirects a POST to another one, which may not see the body: write the final address")
    }
    url = target
    return .followRedirect
  }

  /// What to say when the deadline has passed.
  var timeoutError: SourceError {
    let phase =
      if let handle {
        handle.number(CURLINFO_RESPONSE_CODE) > 0 ? "the answer was not complete" : "no answer"
      } else {
        "no connection became free (earlier questions to this server are still waiting)"
      }
    return SourceError(.timedOut, "\(submission.request.endpoint): \(phase) within \(submission.timeout)")
  }
}
