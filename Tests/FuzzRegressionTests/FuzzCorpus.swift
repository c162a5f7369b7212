internal import Foundation
internal import FuzzTargets

/// The committed inputs of the fuzz targets.
enum FuzzCorpus {
  private static let directory = URL(fileURLWithPath: #filePath)  // Tests/FuzzRegressionTests/FuzzCorpus.swift
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("Fuzz/Corpus", isDirectory: true)

  /// All inputs of one target, sorted by name.
  static func inputs(of target: FuzzTarget) throws -> [(name: String, bytes: [UInt8])] {
    let folder = directory.appendingPathComponent(target.rawValue, isDirectory: true)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    return try names.filter { !$0.hasPrefix(".") }.map { name in
      (name, [UInt8](try Data(contentsOf: folder.appendingPathComponent(name))))
    }
  }
}
