internal import CCurl
internal import Questions

/// A curl easy handle with what must live as long as it: one request on the wire. Belongs to the transport's thread.
final class CurlHandle {
  let pointer: UnsafeMutableRawPointer
  private var headers: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
  private var firstFailure: CURLcode = CURLE_OK

  init?() {
    guard let pointer = curl_easy_init() else {
      errorText.deallocate()
      return nil
    }
    self.pointer = pointer
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    set(CURLOPT_ERRORBUFFER, errorText)
  }

  deinit {
    curl_easy_cleanup(pointer)
    curl_slist_free_all(headers)
    errorText.deallocate()
  }

  /// What curl says about the failure; empty where it says nothing.
  var failureText: String { String(cString: errorText) }

  /// The first option that curl did not take.
  var setupFailure: CURLcode { firstFailure }

  func set(_ option: CURLoption, _ value: Int) { note(swell_curl_set_long(pointer, option, value)) }
  func set(_ option: CURLoption, _ value: String) { note(swell_curl_set_string(pointer, option, value)) }
  func set(_ option: CURLoption, _ value: UnsafeMutableRawPointer?) {
    note(swell_curl_set_pointer(pointer, option, value))
  }

  func set(_ option: CURLoption, pem: String) {
    var pem = pem
    note(pem.withUTF8 { swell_curl_set_blob(pointer, option, $0.baseAddress, $0.count) })
  }

  /// Makes the request a POST. curl keeps a copy of the text.
  func set(body: String) {
    // The length first: curl would take the text up to its first zero byte.
    set(CURLOPT_POSTFIELDSIZE, body.utf8.count)
    body.withCString { set(CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0)) }
  }

  func set(headerLines: [String]) {
    for line in headerLines {
      guard let longer = curl_slist_append(headers, line) else { return note(CURLE_OUT_OF_MEMORY) }
      headers = longer
    }
    set(CURLOPT_HTTPHEADER, headers.map { UnsafeMutableRawPointer($0) })
  }

  func collectBody(into exchange: Exchange) {
    note(swell_curl_set_write(pointer, receiveBody, Unmanaged.passUnretained(exchange).toOpaque()))
  }

  func keepSockets(in ledger: ConnectionLedger) {
    note(
      swell_curl_set_sockets(
        pointer, openSocket, Unmanaged.passUnretained(ledger).toOpaque(),
        closeSocket, Unmanaged.passUnretained(ledger.table).toOpaque()))
  }

  func number(_ info: CURLINFO) -> Int {
    var value = 0
    return swell_curl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
  }

  func text(_ info: CURLINFO) -> String? {
    var value: UnsafePointer<CChar>?
    guard swell_curl_get_string(pointer, info, &value) == CURLE_OK, let value else { return nil }
    return String(cString: value)
  }

  private func note(_ code: CURLcode) {
    if firstFailure == CURLE_OK { firstFailure = code }
  }
}

/// Called by curl with a piece of the body. Taking less than was given ends the transfer.
private func receiveBody(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let context, let bytes else { return 0 }
  let exchange = Unmanaged<Exchange>.fromOpaque(context).takeUnretainedValue()
  return exchange.receive(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
}
