internal import ArgumentParser
internal import LocalMode
internal import Manifests

struct CheckCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Parse and validate manifests without asking any source.",
    discussion: "Exit status: 0 when everything is valid, 1 when something is not, 2 for wrong usage.")

  @OptionGroup var manifests: ManifestOptions

  @Option(name: [.short, .long], help: "text or json.")
  var output: ReportFormat = .text

  func run() throws {
    let report = try usage(of: "check") { try ManifestCheck(paths: manifests.paths) }.report()
    print(output == .json ? report.json : report.text, terminator: "")
    if output == .json, let nothing = report.nothing { printError(nothing) }
    if !report.isValid { throw ExitCode(1) }
  }
}

enum ReportFormat: String, ExpressibleByArgument, CaseIterable {
  case text, json
}
