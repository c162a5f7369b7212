import Foundation
import Telemetry
import TestSupport

/// The repository's own folder, seen from this file.
let repository = URL(fileURLWithPath: #filePath)  // Tests/TelemetryTests/Fixtures.swift
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

func file(_ path: String) throws -> String {
  try String(contentsOf: repository.appendingPathComponent(path), encoding: .utf8)
}

/// Runs promtool and returns its exit status with everything it wrote.
func promtool(_ arguments: [String], input: String? = nil) async throws -> (status: Int32, output: String) {
  let folder = try TemporaryFolder()
  let path = try folder.write(input ?? "", to: "input")
  let child = try await ChildProcess.start(
    "sh", ["-c", "input=$1; shift; promtool \"$@\" <\"$input\"", "sh", path] + arguments)
  let status = try await child.waitUntilExit(within: .seconds(60))
  return (status, child.output)
}

/// The names in a text that look like metrics of Swell.
func metricNames(in text: String) -> Set<String> {
  Set(text.matches(of: /\b(keda|swell|process)_[a-z0-9_]+/).map { String($0.output.0) })
}

/// Every name under which something is exposed: those of the families, and a histogram's three.
let exposedNames: Set<String> = Set(
  MetricFamily.all.flatMap { family in
    family.kind == .histogram ? ["_bucket", "_sum", "_count"].map { family.name + $0 } : [family.name]
  })
