internal import Foundation

/// Finds the broker's program, and installs it from the Python package index when it is not there: into the package's
/// `.build` folder, nowhere else.
enum KafkaBrokerProgram {
  static let version = "0.2.3"

  struct Unavailable: Error, CustomStringConvertible {
    var description: String
  }

  /// The path of the program. Concurrent callers in one process share one installation.
  static func path() async throws -> String { try await shared.value }

  private static let shared = Task { try await find() }

  private static func find() async throws -> String {
    if let given = ProcessInfo.processInfo.environment["SWELL_KAFKA_BROKER"] {
      if FileManager.default.isExecutableFile(atPath: given) { return given }
      throw Unavailable(description: "SWELL_KAFKA_BROKER=\(given) is not a program")
    }
    let folder = try toolsFolder().appendingPathComponent("noida-db-\(version)")
    if let program = program(in: folder) { return program }
    return try await install(into: folder)
  }

  /// The program inside the installed package. The script beside it only starts it, and would not pass signals on.
  private static func program(in folder: URL) -> String? {
    let paths = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    while let path = paths?.nextObject() as? URL {
      if path.path.hasSuffix("/noida_db/noida-db") { return path.path }
    }
    return nil
  }

  private static func toolsFolder() throws -> URL {
    var folder = URL(fileURLWithPath: #filePath)
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      if FileManager.default.fileExists(atPath: folder.appendingPathComponent("Package.swift").path) {
        return folder.appendingPathComponent(".build/test-tools")
      }
    }
    return FileManager.default.temporaryDirectory.appendingPathComponent("swell-test-tools")
  }

  /// Installs beside the final place and renames, so that nobody finds half an installation.
  private static func install(into folder: URL) async throws -> String {
    let draft = folder.deletingLastPathComponent().appendingPathComponent("draft-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: draft) }
    try FileManager.default.createDirectory(at: draft, withIntermediateDirectories: true)
    let package = "noida-db==\(version)"
    var complaints: [String] = []
    let ways: [[(String, [String])]] = [
      [
        ("python3", ["-m", "venv", draft.path]),
        (draft.path + "/bin/python", ["-m", "pip", "install", "--quiet", package]),
      ],
      [("python3", ["-m", "pip", "install", "--quiet", "--target", draft.path, package])],
    ]
    for way in ways {
      if let complaint = await firstFailure(of: way) {
        complaints.append(complaint)
        continue
      }
      if program(in: draft) == nil { continue }
      // Another test run may have been faster; then its installation serves.
      try? FileManager.default.moveItem(at: draft, to: folder)
      if let program = program(in: folder) { return program }
    }
    throw Unavailable(
      description: """
        The Kafka tests need the broker noida-db \(version), which could not be installed with Python's pip. Install \
        python3 with venv or pip (Debian: apt-get install python3-venv python3-pip), or set SWELL_KAFKA_BROKER to the \
        program's path. \(complaints.joined(separator: "; "))
        """)
  }

  private static func firstFailure(of commands: [(String, [String])]) async -> String? {
    for (program, arguments) in commands {
      let line = "\(program) \(arguments.joined(separator: " "))"
      do {
        let child = try await ChildProcess.start(program, arguments)
        let status = try await child.waitUntilExit(within: .seconds(180))
        if status != 0 { return "\(line) ended with status \(status): \(child.output.suffix(500))" }
      } catch {
        return "\(line): \(error)"
      }
    }
    return nil
  }
}
