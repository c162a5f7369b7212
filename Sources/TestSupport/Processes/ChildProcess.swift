internal import Foundation

/// A program that a test runs beside itself. It is stopped when this object goes, and when the test process dies in
/// whatever way: a shell supervises the program and holds a pipe from here, whose end tells it to stop.
public final class ChildProcess: Sendable {
  public struct Failed: Error, CustomStringConvertible {
    public var description: String
  }

  /// The program's own process id, not the supervisor's.
  public let processID: Int32
  public let program: String
  private let folder: TemporaryFolder
  private let supervisor: Supervisor

  /// Starts `program`, looked up in PATH unless it is a path.
  /// - Parameter environment: added to this process's environment.
  public static func start(
    _ program: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil
  ) async throws -> ChildProcess {
    let folder = try TemporaryFolder("swell-child")
    let supervisor = try Supervisor(
      program, arguments, environment: environment, directory: directory, folder: folder)
    var number: Int32?
    try await eventually("\(program) starts", within: .seconds(10), every: .milliseconds(5)) {
      number = Int32(try folder.read("pid").trimmingCharacters(in: .whitespacesAndNewlines))
      return number != nil
    }
    guard let number else { throw Failed(description: "\(program) did not start") }
    return ChildProcess(number, program, folder, supervisor)
  }

  private init(_ processID: Int32, _ program: String, _ folder: TemporaryFolder, _ supervisor: Supervisor) {
    self.processID = processID
    self.program = program
    self.folder = folder
    self.supervisor = supervisor
  }

  deinit { supervisor.letGo() }

  /// What the program wrote so far, standard output and error together.
  public var output: String { (try? folder.read("output")) ?? "" }

  /// False after the program ended.
  public var isRunning: Bool { exitStatus == nil }

  /// The exit status, 128 + signal when a signal ended it; nil while it runs.
  public var exitStatus: Int32? {
    (try? folder.read("status")).flatMap { Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }

  /// Waits for `condition`, and gives up at once when the program ends before it holds.
  public func waitUntil(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
  ) async throws {
    var ended = false
    do {
      try await eventually(what, within: limit) {
        if try await condition() { return true }
        ended = !isRunning
        return ended
      }
    } catch let error as DeadlinePassed {
      throw DeadlinePassed(what: "\(program): \(what)", details: "\(error.details)\n\(output.suffix(4_000))")
    }
    if ended {
      throw Failed(
        description: "\(program) ended with status \(exitStatus ?? -1) before: \(what)\n\(output.suffix(4_000))")
    }
  }

  /// Waits until the program has written `text`.
  public func waitForOutput(_ text: String, within limit: Duration = .seconds(20)) async throws {
    try await waitUntil("it writes \"\(text)\"", within: limit) { output.contains(text) }
  }

  /// Sends a signal to the program: `SIGSTOP` makes a server hang, `SIGKILL` crash.
  public func send(signal: Int32) {
    if isRunning { kill(processID, signal) }
  }

  /// Waits until the program has ended by itself, and returns its exit status.
  public func waitUntilExit(within limit: Duration = .seconds(20)) async throws -> Int32 {
    try await eventually("\(program) ends", within: limit) { !isRunning }
    return exitStatus ?? -1
  }

  /// Asks the program to end (SIGTERM), and after 3 s makes it (SIGKILL). Returns when it is gone.
  public func stop() async {
    supervisor.letGo()
    try? await eventually("\(program) ends", within: .seconds(8)) { !isRunning }
  }
}

/// The shell that runs the program.
private final class Supervisor: @unchecked Sendable {
  // `Process` is not Sendable; it is configured and started here, and only kept afterwards. (It cannot tell when the
  // program ends: it believes so only when everything that inherited its descriptors is gone.) `lifeline` is guarded by
  // `lock`.
  private let process = Process()
  private let lock = NSLock()
  private var lifeline: FileHandle?

  /// `$1` is the folder; the rest is the command. Descriptor 3 is the pipe whose end means "stop". The signals of a
  /// terminal that goes away must not end the supervisor before the program.
  private static let script = """
    trap '' HUP INT
    folder=$1; shift
    exec 3<&0
    "$@" </dev/null >"$folder/output" 2>&1 3<&- &
    child=$!
    echo "$child" >"$folder/pid.new" && mv "$folder/pid.new" "$folder/pid"
    (
      cat <&3 >/dev/null
      kill -TERM "$child" && kill -CONT "$child" || exit 0
      for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do sleep 0.2; kill -0 "$child" || exit 0; done
      kill -KILL "$child"
    ) >/dev/null 2>&1 &
    watcher=$!
    exec 3<&-
    wait "$child"
    echo "$?" >"$folder/status.new" && mv "$folder/status.new" "$folder/status"
    kill "$watcher"
    """

  init(
    _ program: String, _ arguments: [String], environment: [String: String], directory: String?,
    folder: TemporaryFolder
  ) throws {
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", Self.script, "sh", folder.url.path, program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
    let pipe = Pipe()
    // No other child may inherit the end that keeps this one alive.
    _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    process.standardInput = pipe.fileHandleForReading
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    lifeline = pipe.fileHandleForWriting
    try Self.withoutBlockedSignals { try process.run() }
    try? pipe.fileHandleForReading.close()
  }

  /// A child inherits the blocked signals of the thread that starts it, and worker threads block nearly all: SIGTERM
  /// would not reach it.
  private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
    var none = sigset_t()
    var former = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &former)
    defer { pthread_sigmask(SIG_SETMASK, &former, nil) }
    try body()
  }

  func letGo() {
    lock.withLock {
      try? lifeline?.close()
      lifeline = nil
    }
  }
}
