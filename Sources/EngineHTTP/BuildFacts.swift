internal import Engine
internal import Telemetry

/// What this build is, for `keda_build_info` and `swell_build_info`.
struct BuildFacts {
  #if arch(x86_64)
    private static let architecture = "amd64"
  #elseif arch(arm64)
    private static let architecture = "arm64"
  #else
    private static let architecture = "unknown"
  #endif

  #if os(Linux)
    private static let system = "linux"
  #else
    private static let system = "darwin"
  #endif

  #if swift(>=6.3)
    private static let swift = "swift6.3"
  #else
    private static let swift = "swift6.2"
  #endif

  func write(to writer: inout ExpositionWriter) {
    for (family, values) in [
      (MetricFamily.kedaBuildInfo, [BuildInfo.version, BuildInfo.commit, Self.swift, Self.system, Self.architecture]),
      (.buildInfo, [BuildInfo.version, BuildInfo.commit, Self.swift, Self.system, Self.architecture]),
    ] {
      writer.write(family) { $0.add(values, 1) }
    }
  }
}
