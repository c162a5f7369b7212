// swift-tools-version: 6.2
import PackageDescription

/// Settings that every Swift target shares: what the compiler can check, it checks, and a warning is an error.
let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .treatAllWarnings(as: .error),
]

let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioTLS: Target.Dependency = .product(name: "NIOTLS", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let nioHTTP2: Target.Dependency = .product(name: "NIOHTTP2", package: "swift-nio-http2")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let serviceLifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let x509: Target.Dependency = .product(name: "X509", package: "swift-certificates")
let asn1: Target.Dependency = .product(name: "SwiftASN1", package: "swift-asn1")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

let package = Package(
  name: "swell",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "FuzzTargets", targets: ["FuzzTargets"]),
    .executable(name: "swell", targets: ["swell"]),
    // For Benchmarks/ only.
    .library(
      name: "BenchmarkParts",
      targets: ["KubernetesAPI", "Questions", "Polling", "RedisSource", "KafkaSource", "TestSupport"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-nio-http2", from: "1.46.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
  ],
  targets: [
    .systemLibrary(name: "CHiredis", providers: [.apt(["libhiredis-dev"])]),
    .systemLibrary(name: "CRdkafka", providers: [.apt(["librdkafka-dev"])]),
    .systemLibrary(name: "CMemory"),
    .systemLibrary(name: "CCurl", providers: [.apt(["libcurl4-openssl-dev"])]),

    library("KubernetesAPI"),
    library("Autoscaling", ["KubernetesAPI"]),
    library("Questions"),
    library("Triggers", ["KubernetesAPI", "Autoscaling", "Questions"]),
    library("RedisSource", ["CHiredis", "Questions", nio, nioPosix, nioTLS, nioSSL]),
    library("KafkaSource", ["CRdkafka", "Questions"]),
    library("HTTPSource", ["CCurl", "Questions"]),
    library(
      "SourceFactory", ["KubernetesAPI", "Questions", "Polling", "RedisSource", "KafkaSource", "HTTPSource", nio]),
    library(
      "Polling",
      ["KubernetesAPI", "Questions", .product(name: "HeapModule", package: "swift-collections")]),
    library(
      "Engine",
      [
        "KubernetesAPI", "Autoscaling", "Questions", "Triggers", "Polling",
        .product(name: "HeapModule", package: "swift-collections"),
      ]),
    library("HTTPServing", [nio, nioPosix, nioHTTP1, nioTLS, nioSSL, nioHTTP2, x509, asn1, crypto]),
    library("ExternalMetricsServer", ["KubernetesAPI", "HTTPServing", crypto]),
    library("Telemetry"),
    library("Lifecycle", [log, serviceLifecycle, .product(name: "UnixSignals", package: "swift-service-lifecycle")]),
    library("Certificates", ["KubernetesAPI", x509, asn1, crypto]),
    library("Admission", ["KubernetesAPI", "Autoscaling", "Triggers", "Polling", "Engine", "HTTPServing"]),
    library(
      "KubernetesClient",
      [
        "KubernetesAPI", "Polling", nio, nioPosix, nioHTTP1, nioSSL,
        .product(name: "AsyncHTTPClient", package: "async-http-client"), .product(name: "Yams", package: "Yams"),
      ]),
    .target(
      name: "Operator",
      dependencies: [
        "KubernetesAPI", "Autoscaling", "Questions", "Triggers", "Polling", "Engine", "EngineHTTP", "SourceFactory",
        "KubernetesClient", "ExternalMetricsServer", "HTTPServing", "Certificates", "Admission", "Telemetry",
        "Lifecycle",
        nio, nioPosix, log, .product(name: "HeapModule", package: "swift-collections"),
      ], swiftSettings: strict),
    library(
      "FuzzTargets",
      ["KubernetesAPI", "Autoscaling", "Questions", "Triggers", "Engine", "RedisSource", "Manifests", nio]),
    library(
      "EngineHTTP",
      [
        "KubernetesAPI", "Autoscaling", "Questions", "Engine", "Polling", "ExternalMetricsServer", "HTTPServing",
        "Telemetry",
      ]),
    library(
      "Manifests",
      [
        "KubernetesAPI", "Autoscaling", "Questions", "Triggers", "Polling", "Engine",
        .product(name: "Yams", package: "Yams"),
      ]),
    library(
      "LocalMode",
      [
        "CMemory", "KubernetesAPI", "Autoscaling", "Questions", "Triggers", "Polling", "Engine", "Manifests",
        "SourceFactory", "HTTPSource", "HTTPServing", "ExternalMetricsServer", "EngineHTTP", "Telemetry", "Lifecycle",
        nio, nioPosix,
      ]),
    .executableTarget(
      name: "swell",
      dependencies: [
        "Engine", "KubernetesAPI", "LocalMode", "Manifests", "Operator",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport",
      dependencies: [
        "KubernetesAPI", "Autoscaling", "Questions", "Polling", "RedisSource", "CRdkafka", "CCurl", nio, nioPosix,
        nioHTTP1, nioTLS, nioSSL, nioHTTP2, x509, asn1, crypto, .product(name: "Yams", package: "Yams"),
      ],
      path: "Sources/TestSupport", swiftSettings: strict),
    // The test API server as a program of its own, for tests and for trying things out. It is not installed.
    .executableTarget(
      name: "swell-test-apiserver",
      dependencies: ["TestSupport", .product(name: "ArgumentParser", package: "swift-argument-parser")],
      swiftSettings: strict),
    tests("KubernetesAPITests", ["KubernetesAPI"]),
    tests("AutoscalingTests", ["Autoscaling", "KubernetesAPI"]),
    tests("TriggersTests", ["Triggers", "Autoscaling", "KubernetesAPI", "Questions"]),
    tests("RedisSourceTests", ["RedisSource", "Questions", nio, nioPosix]),
    tests("KafkaSourceTests", ["KafkaSource", "Questions"]),
    tests("HTTPSourceTests", ["HTTPSource", "Questions"]),
    tests(
      "SourceFactoryTests", ["SourceFactory", "HTTPSource", "KafkaSource", "Questions", "Polling", nio, nioPosix]),
    tests("PollingTests", ["Polling", "KubernetesAPI", "Questions"]),
    tests("HTTPServingTests", ["HTTPServing", nio, nioPosix, nioHTTP1, nioSSL]),
    tests("ExternalMetricsServerTests", ["ExternalMetricsServer", "HTTPServing", "KubernetesAPI", nio]),
    tests("TelemetryTests", ["Telemetry"]),
    tests("DeployTests", ["KubernetesAPI"]),
    tests("CertificatesTests", ["Certificates", "KubernetesAPI"]),
    tests("TestSupportTests", ["KubernetesAPI", "Autoscaling", nio, nioPosix, nioHTTP1, nioSSL]),
    tests(
      "OperatorTests",
      [
        "Operator", "Engine", "Autoscaling", "Admission", "Certificates", "HTTPServing", "Polling", "KubernetesAPI",
        "KubernetesClient", log,
      ]),
    tests("AdmissionTests", ["Admission", "Engine", "HTTPServing", "KubernetesAPI", "Polling"]),
    tests("KubernetesClientTests", ["KubernetesClient", "KubernetesAPI", "Polling", nio, nioPosix, nioHTTP1, nioSSL]),
    tests("EngineTests", ["Engine", "Polling", "Triggers", "Autoscaling", "KubernetesAPI", "Questions"]),
    tests("ManifestsTests", ["Manifests", "Engine", "KubernetesAPI"]),
    tests("LocalModeTests", ["LocalMode", "Engine", "Polling", "Autoscaling", "KubernetesAPI", "Questions"]),
    tests("SwellTests", ["swell", "swell-test-apiserver", "KubernetesAPI"]),
    tests("FuzzRegressionTests", ["FuzzTargets"]),
    tests(
      "ConformanceTests",
      [
        "KubernetesAPI", "Autoscaling", "Triggers", "Questions", "Engine", "RedisSource", "Admission", "HTTPServing",
        "Polling", nio, nioPosix,
      ]),
  ]
)
