internal import HTTPServing
internal import KubernetesAPI
internal import Synchronization

/// Callers behind the front proxy who may read every metric, recognised by the very headers that name them.
///
/// Nearly all requests of the API are the HPA controller's, thousands a second with the same headers. For them this
/// stands in for reading the headers, building the question and looking its answer up: it allocates nothing.
final class ProxiedCallers: Sendable {
  private struct Caller {
    /// The headers that name the caller, name and value in turn, as they were sent.
    var fields: [String]
    var until: Timestamp
  }

  private let callers = Mutex<[Int: Caller]>([:])
  /// In lower case.
  private let names: [[UInt8]]
  private let prefixes: [[UInt8]]

  /// How many callers are kept, and how long their headers may be together, in bytes.
  private static let limit = 1024
  private static let fieldBytes = 4096

  init(_ proxy: DelegatedAccess.FrontProxy) {
    names = (proxy.userHeaders + proxy.uidHeaders + proxy.groupHeaders).map { Array($0.lowercased().utf8) }
    prefixes = proxy.extraHeaderPrefixes.map { Array($0.lowercased().utf8) }
  }

  /// Whether these headers are known to name somebody who may read every metric until after `now`.
  func mayRead(_ request: HTTPRequest, at now: Timestamp) -> Bool {
    guard let selection = Selection(of: request, where: namesCaller) else { return false }
    return callers.withLock { callers in
      guard let index = callers.index(forKey: selection.hash), now < callers.values[index].until else { return false }
      return selection.isSame(callers.values[index].fields, request)
    }
  }

  /// - Parameter until: when the decision has to be made anew.
  func remember(_ request: HTTPRequest, until: Timestamp) {
    guard let selection = Selection(of: request, where: namesCaller) else { return }
    let fields = selection.fields(of: request)
    guard fields.reduce(0, { $0 + $1.utf8.count }) <= Self.fieldBytes else { return }
    callers.withLock { callers in
      if callers.count >= Self.limit { callers = [:] }
      callers[selection.hash] = Caller(fields: fields, until: until)
    }
  }

  private func namesCaller(_ header: UnsafeBufferPointer<UInt8>) -> Bool {
    for name in names where name.count == header.count && Self.hasPrefix(header, name) { return true }
    for prefix in prefixes where prefix.count <= header.count && Self.hasPrefix(header, prefix) { return true }
    return false
  }

  private static func hasPrefix(_ header: UnsafeBufferPointer<UInt8>, _ prefix: [UInt8]) -> Bool {
    for index in 0..<prefix.count {
      let byte = header[index]
      guard (byte &- UInt8(ascii: "A") < 26 ? byte | 0x20 : byte) == prefix[index] else { return false }
    }
    return true
  }
}

/// The headers of a request that name its caller: which they are, and a hash over them.
private struct Selection {
  /// A bit for each of the first 64 headers.
  private var chosen: UInt64 = 0
  /// The seed is another in every process.
  private(set) var hash = 0

  /// nil for a request with too many headers, or with texts that are not UTF-8 in one piece.
  init?(of request: HTTPRequest, where isChosen: (UnsafeBufferPointer<UInt8>) -> Bool) {
    var hasher = Hasher()
    var bit: UInt64 = 1
    for (name, value) in request.headers {
      guard bit != 0 else { return nil }
      guard let isNamed = name.utf8.withContiguousStorageIfAvailable(isChosen) else { return nil }
      if isNamed {
        chosen |= bit
        // What is found is compared in full, so that the lengths of the names do for a hash.
        hasher.combine(name.utf8.count)
        let isHashed: Void? = value.utf8.withContiguousStorageIfAvailable {
          hasher.combine(bytes: UnsafeRawBufferPointer($0))
        }
        if isHashed == nil { return nil }
      }
      bit <<= 1
    }
    hash = hasher.finalize()
  }

  /// Names and values in turn.
  func fields(of request: HTTPRequest) -> [String] {
    var fields: [String] = []
    var bit: UInt64 = 1
    for (name, value) in request.headers {
      if chosen & bit != 0 { fields += [name, value] }
      bit <<= 1
    }
    return fields
  }

  func isSame(_ fields: [String], _ request: HTTPRequest) -> Bool {
    var place = 0
    var bit: UInt64 = 1
    for (name, value) in request.headers {
      if chosen & bit != 0 {
        guard place + 1 < fields.count, Self.isSame(fields[place], name), Self.isSame(fields[place + 1], value) else {
          return false
        }
        place += 2
      }
      bit <<= 1
    }
    return place == fields.count
  }

  /// By their bytes: texts that only look the same are not.
  private static func isSame(_ left: String, _ right: String) -> Bool {
    guard left.utf8.count == right.utf8.count else { return false }
    let isSame = left.utf8.withContiguousStorageIfAvailable { left in
      right.utf8.withContiguousStorageIfAvailable { right in
        for index in 0..<left.count where left[index] != right[index] { return false }
        return true
      }
    }
    return (isSame ?? nil) ?? false
  }
}
