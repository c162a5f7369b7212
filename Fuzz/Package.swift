// swift-tools-version: 6.2
import PackageDescription

// The libFuzzer programs. They are no part of the main package, because only a build with `--sanitize fuzzer` gives them a
// `main`: build and run them with `make fuzz`. What they check is in Sources/FuzzTargets.

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

let targets = ["RedisReplies", "PrometheusAnswers", "Quantities", "Manifests", "Selectors"]

let package = Package(
  name: "swell-fuzz",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "swell", path: "..")],
  targets: [
    .target(
      name: "FuzzEntry", dependencies: [.product(name: "FuzzTargets", package: "swell")], swiftSettings: settings)
  ]
    + targets.map { name in
      .executableTarget(name: "Fuzz\(name)", dependencies: ["FuzzEntry"], swiftSettings: settings)
    }
)
