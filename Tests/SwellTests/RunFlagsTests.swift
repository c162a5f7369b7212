internal import TestSupport
internal import Testing

/// Flags and variables of `swell run` that are wrong: refused at start, with the name of what was written and what to write.
@Suite struct RunFlagsTests {
  struct Mistake: Sendable, CustomTestStringConvertible {
    var arguments: [String] = []
    var environment: [String: String] = [:]
    var message: String

    var testDescription: String {
      (environment.map { "\($0)=\($1)" } + arguments).joined(separator: " ")
    }
  }

  private static let mistakes: [Mistake] = [
    Mistake(
      arguments: ["--secure-port", "99999"], message: #"--secure-port: "99999" is not a port: write 0 to 65535"#),
    Mistake(
      environment: ["SWELL_SECURE_PORT": "x"], message: #"SWELL_SECURE_PORT: "x" is not a port: write 0 to 65535"#),
    Mistake(
      environment: ["SWELL_LEADER_ELECT": "yes"],
      message: #"SWELL_LEADER_ELECT: "yes" is not allowed: write true or false"#),
    Mistake(
      arguments: ["--leader-elect", "no"], message: "The value 'no' is invalid for '--leader-elect <true|false>'"),
    Mistake(
      environment: ["SWELL_WATCH_NAMESPACES": "shop"],
      message: "SWELL_WATCH_NAMESPACES: unknown environment variable: did you mean SWELL_WATCH_NAMESPACE?"),
    Mistake(
      arguments: ["--watch-namespace", "shop,*"],
      message: #"--watch-namespace: "*" is no name of a namespace: write lower-case letters, digits and -; commas"#),
    Mistake(arguments: ["--namespace", "Shop"], message: #"--namespace: "Shop" is no name of a namespace"#),
    Mistake(
      arguments: ["--metrics-bind-address", "8080"],
      message: #"--metrics-bind-address: "8080" is no address: write :8080, 127.0.0.1:8080, or 0 for none"#),
    Mistake(
      arguments: ["--secure-port", "8080"],
      message: "--metrics-bind-address: 8080 is the port of --secure-port already: give another one"),
    Mistake(arguments: ["--context", "here"], message: "--context: belongs to a kubeconfig: give --kubeconfig"),
    Mistake(
      arguments: ["--manage-certificates=false"],
      message: "--manage-certificates: false needs certificates from elsewhere: give --cert-dir"),
    Mistake(
      arguments: ["--cert-dir", "/certs", "--manage-certificates"],
      message: "--manage-certificates: true does not go with --cert-dir"),
  ]

  @Test(arguments: mistakes) func areRefusedByName(_ mistake: Mistake) async throws {
    let run = try await SwellRun.start(["run"] + mistake.arguments, environment: mistake.environment)
    #expect(try await run.process.waitUntilExit(within: .seconds(30)) == 2)
    #expect(run.errors.contains(mistake.message), "\(run.errors)")
    #expect(run.errors.contains("'swell run --help'"), "\(run.errors)")
  }

  /// The overlay cert-manager adds to the arguments of the base.
  @Test func namesThatAreNotNeededAreNoMistake() async throws {
    let run = try await SwellRun.start([
      "run", "--kubeconfig", "/nowhere", "--certificate-secret=swell-certificates", "--cert-dir=/certs",
      "--manage-certificates=false", "--manage-apiservice=false", "--webhook-service-name=swell-webhooks",
      "--webhook-port=0",
    ])
    #expect(try await run.process.waitUntilExit(within: .seconds(30)) == 1)
    #expect(run.errors.contains("/nowhere cannot be read"), "\(run.errors)")
  }

  @Test func whatAClusterSetsByItselfIsNoMistake() async throws {
    // For a Service named swell, and one named swell-webhook.
    let run = try await SwellRun.start(
      ["run", "--kubeconfig", "/nowhere"],
      environment: [
        "SWELL_SERVICE_HOST": "10.0.0.1", "SWELL_SERVICE_PORT": "443", "SWELL_PORT": "tcp://10.0.0.1:443",
        "SWELL_WEBHOOK_SERVICE_PORT": "443", "SWELL_WEBHOOK_PORT_443_TCP_PROTO": "tcp",
      ])
    #expect(try await run.process.waitUntilExit(within: .seconds(30)) == 1)
    #expect(run.errors.contains("/nowhere cannot be read"), "\(run.errors)")
  }
}
