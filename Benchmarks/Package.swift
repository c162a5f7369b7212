// swift-tools-version: 6.2
import PackageDescription

// The benchmark of docs/performance.md: run it with `make bench`. A package of its own, so that nobody who only builds or
// tests Swell waits for it.
let package = Package(
  name: "swell-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "swell", path: ".."),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
  ],
  targets: [
    .executableTarget(
      name: "swell-bench",
      dependencies: [
        .product(name: "BenchmarkParts", package: "swell"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
      ])
  ]
)
