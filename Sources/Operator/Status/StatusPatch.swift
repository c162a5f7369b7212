internal import Foundation
internal import KubernetesAPI

/// The smallest merge patch that turns one status into another.
enum StatusPatch {
  /// - Returns: nil when there is nothing to write. That the last activity is later than written is nothing: it is written
  ///   along with the next change, or a cluster at work would be written to all the time.
  static func patch(from old: ScaledObjectStatus?, to new: ScaledObjectStatus) -> JSONValue? {
    if let old {
      var comparable = new
      if old.lastActiveTime != nil { comparable.lastActiveTime = old.lastActiveTime }
      if comparable == old { return nil }
    }
    guard let before = fields(of: old), let after = fields(of: new) else { return nil }
    var changed: [String: JSONValue] = [:]
    for (field, value) in after where before[field] != value {
      changed[field] = merging(before[field], value)
    }
    for field in before.keys where after[field] == nil { changed[field] = .null }
    return changed.isEmpty ? nil : .object(["status": .object(changed)])
  }

  /// A map in a merge patch is merged: what is to go has to be named.
  private static func merging(_ before: JSONValue?, _ after: JSONValue) -> JSONValue {
    guard case .object(let old)? = before, case .object(var new) = after else { return after }
    for key in old.keys where new[key] == nil { new[key] = .null }
    return .object(new)
  }

  private static func fields(of status: ScaledObjectStatus?) -> [String: JSONValue]? {
    guard let status else { return [:] }
    guard let data = try? JSONEncoder().encode(status),
      case .object(let fields)? = try? JSONDecoder().decode(JSONValue.self, from: data)
    else { return nil }
    return fields
  }
}
