internal import Foundation
internal import TestSupport

/// The command as it was built beside the tests, run as a program of its own.
enum SwellProgram {
  /// How a run ended, and what it wrote.
  struct Result {
    var status: Int32
    var output: String
    var errors: String

    /// Both, to look for what must be in neither.
    var everything: String { output + errors }
  }

  /// `SWELL` where that is set, otherwise the program in the folder of the test bundle.
  static func path() throws -> String {
    if let given = ProcessInfo.processInfo.environment["SWELL"] { return given }
    return try path(of: "swell")
  }

  /// A product of this package that was built with the tests.
  static func path(of product: String) throws -> String {
    // A bundle folder on macOS, a plain program on Linux: the products lie beside either.
    var folder = Bundle.main.executableURL ?? URL(fileURLWithPath: CommandLine.arguments.first ?? "")
    while folder.path != "/" {
      folder.deleteLastPathComponent()
      let program = folder.appendingPathComponent(product).path
      var isFolder: ObjCBool = false
      if FileManager.default.fileExists(atPath: program, isDirectory: &isFolder), !isFolder.boolValue {
        return program
      }
    }
    throw Unexpected("\(product) is not built beside the tests: run `swift build`, or set SWELL to the path of swell")
  }

  /// Runs the command to its end.
  static func run(_ arguments: String..., within limit: Duration = .seconds(30)) async throws -> Result {
    let run = try await SwellRun.start(arguments)
    let status = try await run.process.waitUntilExit(within: limit)
    return Result(status: status, output: run.output, errors: run.errors)
  }
}

/// One run of the command, with its two outputs apart.
final class SwellRun: Sendable {
  let process: ChildProcess
  private let folder: TemporaryFolder

  /// - Parameter environment: added to this process's.
  static func start(_ arguments: [String], environment: [String: String] = [:]) async throws -> SwellRun {
    let folder = try TemporaryFolder("swell-run")
    // `exec` keeps the process id.
    let process = try await ChildProcess.start(
      "/bin/sh", ["-c", #"exec "$@" 2>"$0""#, folder.path("errors"), try SwellProgram.path()] + arguments,
      environment: environment)
    return SwellRun(process, folder)
  }

  private init(_ process: ChildProcess, _ folder: TemporaryFolder) {
    self.process = process
    self.folder = folder
  }

  var output: String { process.output }
  var errors: String { (try? folder.read("errors")) ?? "" }
}
