public import ArgumentParser
public import LocalMode

struct LocalCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "local",
    abstract: "Run the engine on this machine: real sources, simulated workloads, no cluster.",
    discussion: """
      Serves the external metrics API over HTTPS with a certificate made at start, and /metrics, /healthz, /readyz and \
      the JSON API behind `swell explain` over HTTP. Manifests are read again when they change.
      """)

  @OptionGroup var manifests: ManifestOptions

  @Option(help: "The address that both servers listen on.")
  var bindAddress = "127.0.0.1"

  @Option(help: "The port of the external metrics API (HTTPS); 0 for any free one.")
  var securePort = 6443

  @Option(help: "The port of /metrics and the JSON API (HTTP); 0 for any free one.")
  var metricsPort = 8080

  @Option(help: "How long a simulated pod takes to become ready, in seconds.")
  var podStartSeconds = 5

  @Option(help: "How often the built-in HPA decides.")
  var hpaSyncPeriod = DurationArgument(seconds: 15)

  @Option(name: [.short, .long], help: "table (on a terminal) or json (one line per decision). [default: by terminal]")
  var output: OutputFormat?

  @Option(help: "Stop after this long; without it, on Ctrl-C.")
  var duration: DurationArgument?

  func validate() throws {
    for (name, port) in [("--secure-port", securePort), ("--metrics-port", metricsPort)]
    where !(0...65535).contains(port) {
      throw ValidationError("\(name) \(port) is not a port: write a number from 0 to 65535.")
    }
    guard podStartSeconds >= 0 else { throw ValidationError("--pod-start-seconds must not be negative.") }
    guard hpaSyncPeriod.duration >= .milliseconds(100) else {
      throw ValidationError("--hpa-sync-period must be at least 100ms.")
    }
  }

  func run() async throws {
    let options = LocalRun.Options(
      paths: manifests.paths, bindAddress: bindAddress, securePort: securePort, metricsPort: metricsPort,
      podStart: .seconds(podStartSeconds), hpaSyncPeriod: hpaSyncPeriod.duration, output: output,
      duration: duration?.duration)
    do {
      try await LocalRun(options).run()
    } catch let error as LocalRunError {
      printError(error.description)
      throw ExitCode(error.isUsage ? 2 : 1)
    }
  }
}

extension OutputFormat: ExpressibleByArgument {}
