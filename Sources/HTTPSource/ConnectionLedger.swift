internal import CCurl
internal import Foundation
internal import Synchronization

/// The sockets that are open for one endpoint.
///
/// curl announces every socket that it opens, but not every one that it closes: an attempt to connect that is given up
/// ends without a word (7.88, `cf_socket_close`). So each socket is known by descriptor and inode, and one whose
/// descriptor is closed, or means another file by now, is gone.
final class ConnectionLedger: Sendable {
  private let inodes = Mutex<[curl_socket_t: ino_t]>([:])
  let table: SocketTable

  init(table: SocketTable) { self.table = table }

  var count: Int {
    inodes.withLock { inodes in
      inodes = inodes.filter { Self.inode(of: $0.key) == $0.value }
      return inodes.count
    }
  }

  func opened(_ socket: curl_socket_t) {
    let inode = Self.inode(of: socket)
    inodes.withLock { $0[socket] = inode }
    table.opened(socket, by: self)
  }

  func closed(_ socket: curl_socket_t) { inodes.withLock { _ = $0.removeValue(forKey: socket) } }

  /// Ends the connections on the wire. curl cannot be told to close one host's idle connections: it finds them dead and
  /// gives their descriptors back when it next looks through its pool.
  ///
  /// To be called on the transport's thread only: no other closes these sockets, so that a descriptor stays what it is
  /// between the look and the act.
  func disconnectAll() {
    inodes.withLock { inodes in
      for (socket, inode) in inodes where Self.inode(of: socket) == inode { _ = shutdown(socket, Int32(SHUT_RDWR)) }
      inodes.removeAll()
    }
  }

  private static func inode(of descriptor: curl_socket_t) -> ino_t? {
    var status = stat()
    return fstat(descriptor, &status) == 0 ? status.st_ino : nil
  }
}

/// Which ledger a socket is in. Lives as long as curl has connections, which outlive requests and ledgers.
final class SocketTable: Sendable {
  private let ledgers = Mutex<[curl_socket_t: ConnectionLedger]>([:])

  func opened(_ socket: curl_socket_t, by ledger: ConnectionLedger) {
    let previous = ledgers.withLock { $0.updateValue(ledger, forKey: socket) }
    if let previous, previous !== ledger { previous.closed(socket) }
  }

  func closed(_ socket: curl_socket_t) {
    ledgers.withLock { $0.removeValue(forKey: socket) }?.closed(socket)
  }

  /// After curl has let go of everything: ledgers and table hold each other.
  func forgetAll() { ledgers.withLock { $0.removeAll() } }
}

/// Called by curl for each new socket, with the ledger of the request that wants it.
func openSocket(
  _ ledger: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  guard let ledger, let address = address?.pointee else { return -1 }
  #if os(Linux)
    let type = address.socktype | Int32(SOCK_CLOEXEC.rawValue)
  #else
    let type = address.socktype
  #endif
  let descriptor = socket(address.family, type, address.protocol)
  if descriptor >= 0 {
    Unmanaged<ConnectionLedger>.fromOpaque(ledger).takeUnretainedValue().opened(descriptor)
  }
  return descriptor
}

/// Called by curl in place of `close`, with the table.
func closeSocket(_ table: UnsafeMutableRawPointer?, _ descriptor: curl_socket_t) -> Int32 {
  if let table { Unmanaged<SocketTable>.fromOpaque(table).takeUnretainedValue().closed(descriptor) }
  return close(descriptor)
}
