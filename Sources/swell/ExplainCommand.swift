internal import ArgumentParser
internal import LocalMode

struct ExplainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain",
    abstract: "Why does this object have this many replicas? Asks a running instance.",
    discussion:
      "The binding constraint comes first. Exit status: 0 answered, 1 no such object or no answer, 2 for wrong usage.")

  @Argument(help: ArgumentHelp("The ScaledObject.", valueName: "namespace/name"))
  var object: String

  @Option(help: "Where the instance serves its telemetry.")
  var server = "http://127.0.0.1:8080"

  @Option(name: [.short, .long], help: "text or json.")
  var output: ReportFormat = .text

  func validate() throws {
    let parts = object.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
      throw ValidationError("'\(object)' is not NAMESPACE/NAME: write, for example, ai-inference/inference-workers.")
    }
  }

  func run() async throws {
    do {
      let explanation = try await Explanation.fetch(object: object, server: server)
      print(output == .json ? explanation.json : explanation.text, terminator: "")
    } catch {
      printError(error.description)
      throw ExitCode(1)
    }
  }
}
