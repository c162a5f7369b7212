internal import Foundation
internal import TestSupport
internal import Testing

/// `make run` without its build: the script of the demo, for a bounded time.
@Suite struct DemoTests {
  @Test func demoRisesAndCleansUp() async throws {
    let program = try SwellProgram.path()
    let folder = try TemporaryFolder("swell-demo")
    let demo = try await ChildProcess.start(
      "/bin/bash", [Manifests.repository.appendingPathComponent("scripts/demo.sh").path],
      environment: ["DURATION": "20", "SWELL": program, "TMPDIR": folder.url.path])
    #expect(try await demo.waitUntilExit(within: .seconds(40)) == 0, "\(demo.output)")
    for part in [
      "500 requests delivered to workers", "curl -sk https://127.0.0.1:",
      "/namespaces/ai-inference/redis_stream_length",
    ] {
      #expect(demo.output.contains(part), "no \"\(part)\" in: \(demo.output)")
    }
    let replicas = demo.output.matches(of: /(\d+)(?: \(\d+ ready\))? → (\d+)/).compactMap { Int($0.output.1) }
    #expect(replicas.first == 0 || replicas.first == 1)
    #expect((replicas.max() ?? 0) >= 20, "\(demo.output)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    await demo.stop()
    // The last `sleep` of a loop may take its second to end.
    try await eventually("no process is left", within: .seconds(3)) {
      try Self.processes(withEnvironment: folder.url.path).isEmpty
    }
  }

  /// The processes of this machine whose environment, which children inherit, contains `text`.
  private static func processes(withEnvironment text: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { number in
      guard Int(number) != nil, let data = FileManager.default.contents(atPath: "/proc/\(number)/environ") else {
        return false
      }
      return data.range(of: Data(text.utf8)) != nil
    }
  }
}
