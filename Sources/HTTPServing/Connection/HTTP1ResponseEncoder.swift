internal import NIOCore

/// Writes a response as HTTP/1.1 bytes: head and body in one buffer, one write, one TLS record.
struct HTTP1ResponseEncoder {
  enum Connection {
    case keepAlive, close
    /// HTTP/1.0 closes unless the answer says that it does not.
    case keepAliveOld
  }

  private var date = HTTPDate()

  mutating func encode(
    _ response: HTTPResponse, isHead: Bool, connection: Connection, secondsSinceEpoch: Int64,
    allocator: ByteBufferAllocator
  ) -> ByteBuffer {
    let bodyBytes = isHead ? 0 : response.body.count
    var buffer = allocator.buffer(capacity: 256 + bodyBytes)
    if response.status == 200 {
      buffer.writeStaticString("HTTP/1.1 200 OK\r\ncontent-type: ")
    } else {
      buffer.writeStaticString("HTTP/1.1 ")
      Self.write(response.status, into: &buffer)
      buffer.writeStaticString(" ")
      buffer.writeString(HTTPResponse.reasonPhrase(response.status))
      buffer.writeStaticString("\r\ncontent-type: ")
    }
    buffer.writeString(response.contentType)
    buffer.writeStaticString("\r\ncontent-length: ")
    Self.write(response.body.count, into: &buffer)
    buffer.writeStaticString("\r\ndate: ")
    date.write(secondsSinceEpoch: secondsSinceEpoch, into: &buffer)
    for header in response.headers where HTTPResponse.isOneLine(header) {
      buffer.writeStaticString("\r\n")
      buffer.writeString(header.name)
      buffer.writeStaticString(": ")
      buffer.writeString(header.value)
    }
    switch connection {
    case .keepAlive: buffer.writeStaticString("\r\n\r\n")
    case .keepAliveOld: buffer.writeStaticString("\r\nconnection: keep-alive\r\n\r\n")
    case .close: buffer.writeStaticString("\r\nconnection: close\r\n\r\n")
    }
    if !isHead { buffer.writeBytes(response.body) }
    return buffer
  }

  /// A non-negative number in decimal, without an intermediate string.
  private static func write(_ number: Int, into buffer: inout ByteBuffer) {
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    withUnsafeMutableBytes(of: &digits) { bytes in
      var rest = number
      var start = bytes.count
      repeat {
        start -= 1
        bytes[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      _ = buffer.writeBytes(UnsafeRawBufferPointer(rebasing: bytes[start...]))
    }
  }
}
