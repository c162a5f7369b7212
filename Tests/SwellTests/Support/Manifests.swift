internal import Foundation
internal import TestSupport

/// A folder of manifests that a test writes, reads and changes.
struct Manifests {
  let folder: TemporaryFolder

  var path: String { folder.url.path }

  init() throws { folder = try TemporaryFolder("swell-manifests") }

  /// A copy of `deploy/examples/NAME` with every pair replaced in all of its files.
  /// - Throws: when there is nothing to replace: the example and the test have drifted apart.
  static func example(_ name: String, replacing pairs: [(String, String)]) throws -> Manifests {
    let manifests = try Manifests()
    let source = repository.appendingPathComponent("deploy/examples/\(name)")
    var files: [String: String] = [:]
    for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
      files[file] = try String(contentsOf: source.appendingPathComponent(file), encoding: .utf8)
    }
    for (old, new) in pairs {
      guard files.values.contains(where: { $0.contains(old) }) else {
        throw Unexpected("\"\(old)\" is not in the example \(name)")
      }
      files = files.mapValues { $0.replacingOccurrences(of: old, with: new) }
    }
    for (file, text) in files { try manifests.write(text, to: file) }
    return manifests
  }

  /// Written beside and renamed, as editors do it: nobody reads half a file.
  func write(_ text: String, to file: String) throws {
    try Data(text.utf8).write(to: folder.url.appendingPathComponent(file), options: .atomic)
  }

  func edit(_ file: String, replacing old: String, with new: String) throws {
    let text = try folder.read(file)
    guard text.contains(old) else { throw Unexpected("\"\(old)\" is not in \(file)") }
    try write(text.replacingOccurrences(of: old, with: new), to: file)
  }

  func remove(_ file: String) throws {
    try FileManager.default.removeItem(at: folder.url.appendingPathComponent(file))
  }

  /// The top of the working copy.
  static var repository: URL {
    var folder = URL(fileURLWithPath: #filePath)
    while folder.path != "/", !FileManager.default.fileExists(atPath: folder.appendingPathComponent("Makefile").path) {
      folder.deleteLastPathComponent()
    }
    return folder
  }
}
