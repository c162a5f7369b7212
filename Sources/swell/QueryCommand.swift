internal import ArgumentParser
internal import LocalMode

struct QueryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "query",
    abstract: "Ask each trigger once, now: answer, reading, round-trip time, and the replicas that would follow.",
    discussion:
      "Exit status: 0 when every trigger is known, 1 when one is unknown or a manifest is invalid, 2 for wrong usage.")

  @OptionGroup var manifests: ManifestOptions

  @Option(name: [.short, .long], help: "text or json.")
  var output: ReportFormat = .text

  @Option(help: "How long a source may take to answer.")
  var timeout: DurationArgument = DurationArgument(seconds: 3)

  func validate() throws {
    guard timeout.duration > .zero else {
      throw ValidationError("--timeout must be more than 0: write, for example, 3s.")
    }
  }

  func run() async throws {
    let query = try usage(of: "query") { try ManifestQuery(paths: manifests.paths, timeout: timeout.duration) }
    let report = await query.report()
    print(output == .json ? report.json : report.text, terminator: "")
    if output == .json, let nothing = report.nothing { printError(nothing) }
    if !report.isKnown { throw ExitCode(1) }
  }
}
