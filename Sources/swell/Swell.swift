internal import ArgumentParser
internal import Engine
internal import Foundation
internal import KubernetesAPI
internal import LocalMode

@main
struct Swell: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swell",
    abstract: "An event-driven autoscaler for Kubernetes.",
    discussion: """
      Swell asks Redis streams, Kafka and Prometheus how much work waits, decides replicas, and serves the numbers to \
      HorizontalPodAutoscalers. It reads keda.sh/v1alpha1 ScaledObjects as they are.

      Start here:
        swell check -f DIR        is this manifest right?
        swell query -f DIR        what would it see now, and what would follow?
        swell local -f DIR        run it on this machine, with simulated workloads
        swell explain NS/NAME     why this many replicas?
        swell run                 run in a cluster, in the place of KEDA
      """,
    version: BuildInfo.version,
    subcommands: [RunCommand.self, LocalCommand.self, CheckCommand.self, QueryCommand.self, ExplainCommand.self]
  )

  /// Usage errors end with 2, as the manual says; ArgumentParser's own code for them is 64.
  static func main() async {
    do {
      var command = try parseAsRoot(RunCommand.withValues(Array(CommandLine.arguments.dropFirst())))
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      guard exitCode(for: error) == .validationFailure else { exit(withError: error) }
      FileHandle.standardError.write(Data((fullMessage(for: error) + "\n").utf8))
      exit(withError: ExitCode(2))
    }
  }
}

/// Where manifests are read from, the same for all commands.
struct ManifestOptions: ParsableArguments {
  @Option(
    name: [.customShort("f"), .customLong("filename")], parsing: .upToNextOption,
    help: ArgumentHelp(
      "A manifest file, or a folder of .yaml, .yml and .json files; may be given several times.", valueName: "path"),
    completion: .file())
  var paths: [String]
}

/// A duration as people write it: `90s`, `5m`, `1h30m`, `500ms`, or a number of seconds.
struct DurationArgument: ExpressibleByArgument {
  var duration: Duration

  init(seconds: Int64) { duration = .seconds(seconds) }

  init?(argument: String) {
    guard let duration = Duration(humanText: argument) else { return nil }
    self.duration = duration
  }

  var defaultValueDescription: String { "\(duration.components.seconds)s" }
}

/// Tells what is wrong with an argument of `command`, as a usage error, which ends the program with 2.
func usage<Value>(of command: String, _ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch let error as FieldError {
    printError("Error: \(error.description)\n  See 'swell \(command) --help' for more information.")
    throw ExitCode(2)
  }
}
