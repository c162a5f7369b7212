internal import Certificates
internal import Foundation
internal import HTTPServing
internal import KubernetesAPI
internal import Logging
internal import Synchronization
internal import TestSupport
internal import Testing

@testable import Operator

@Suite struct CertificateFileKeeperTests {
  /// A volume as Kubernetes mounts it: the files are links into `..data`, which is a link that is swapped.
  struct Volume {
    let folder: TemporaryFolder

    init() throws {
      folder = try TemporaryFolder("volume")
      for name in ["tls.crt", "tls.key", "ca.crt"] {
        try FileManager.default.createSymbolicLink(
          atPath: folder.path(name), withDestinationPath: "..data/\(name)")
      }
    }

    func swap(to revision: String, _ files: [String: String]) throws {
      let manager = FileManager.default
      try manager.createDirectory(atPath: folder.path(revision), withIntermediateDirectories: true)
      for (name, text) in files { try folder.write(text, to: "\(revision)/\(name)") }
      try manager.createSymbolicLink(atPath: folder.path("..new"), withDestinationPath: revision)
      _ = rename(folder.path("..new"), folder.path("..data"))
    }
  }

  static func files(_ name: String) throws -> (set: CertificateSet, files: [String: String]) {
    let set = try CertificateSet.make(names: [name], now: Timestamp(seconds: 1_767_225_600))
    return (
      set,
      [
        "tls.crt": set.serving.certificatePEM, "tls.key": try set.serving.privateKeyPEM(), "ca.crt": set.bundlePEM,
      ]
    )
  }

  static func keeper(
    _ volume: Volume, time: ManualTime, logger: Logger = Logger(label: "test"),
    onIdentity: @escaping @Sendable (TLSIdentity) -> Void
  ) -> CertificateFileKeeper {
    CertificateFileKeeper(
      nil, CertificateFileKeeper.Configuration(folder: volume.folder.url.path), time: time, logger: logger,
      isLeader: { true }, onIdentity: onIdentity)
  }

  @Test func aSwappedVolumeIsLoadedAndABrokenPairIsNot() async throws {
    let volume = try Volume()
    let (one, first) = try Self.files("one")
    let (two, second) = try Self.files("two")
    try volume.swap(to: "..1", first)
    let time = ManualTime()
    let seen = Mutex<[String]>([])
    let keeper = Self.keeper(volume, time: time) { identity in seen.withLock { $0.append(identity.certificatePEM) } }
    let running = Task { await keeper.run() }
    defer { running.cancel() }
    #expect(await keeper.identity.wait()?.certificatePEM == one.serving.certificatePEM)

    // Nothing changes: nothing is told again.
    try await Self.turn(time)
    // A certificate without its key.
    try volume.swap(to: "..2", first.merging(["tls.crt": second["tls.crt"] ?? ""]) { $1 })
    try await Self.turn(time)
    // No certificate at all.
    try volume.swap(to: "..3", ["tls.key": "nonsense"])
    try await Self.turn(time)
    #expect(seen.withLock { $0 } == [one.serving.certificatePEM])
    #expect(keeper.load() != nil)

    try volume.swap(to: "..4", second)
    try await Self.turn(time)
    try await eventually("the second pair is loaded") { seen.withLock { $0.count } == 2 }
    #expect(seen.withLock { $0.last } == two.serving.certificatePEM)
    #expect(keeper.load() == nil)
  }

  /// Lets the keeper look once more.
  static func turn(_ time: ManualTime) async throws {
    try await eventually("the keeper waits") { time.sleeperCount == 1 }
    let before = try #require(time.nextWake)
    time.advance(by: .seconds(5))
    try await eventually("the keeper has looked") { time.nextWake.map { $0 > before } ?? false }
  }

  @Test func whatIsWrongNamesTheFileAndNoKey() async throws {
    let volume = try Volume()
    let keeper = Self.keeper(volume, time: ManualTime()) { _ in }
    #expect(keeper.load()?.hasSuffix("tls.crt does not exist") == true)
    var (_, files) = try Self.files("one")
    let (_, others) = try Self.files("two")
    files["tls.key"] = others["tls.key"]
    try volume.swap(to: "..1", files)
    let problem = try #require(keeper.load())
    let key = try #require(others["tls.key"]?.split(separator: "\n").dropFirst().first)
    #expect(!problem.contains(key))
    #expect(keeper.identity.current == nil)
    files["tls.key"] = String(repeating: "x", count: 2_000_000)
    try volume.swap(to: "..2", files)
    #expect(keeper.load()?.hasSuffix("tls.key is larger than 1 MiB") == true)
  }

  /// What is wrong with one file, by what is in the files.
  @Test(
    arguments: [
      (["tls.crt": "nonsense"], "/tls.crt holds no certificate"),
      (["tls.crt": ""], "/tls.crt holds no certificate"),
      (
        ["tls.crt": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
        "/tls.crt is not a PEM certificate"
      ),
      (["tls.key": "nonsense"], "/tls.key is not an unencrypted PEM private key"),
      (
        ["tls.key": "-----BEGIN ENCRYPTED PRIVATE KEY-----\nc2VjcmV0\n-----END ENCRYPTED PRIVATE KEY-----\n"],
        "/tls.key is not an unencrypted PEM private key"
      ),
      (["tls.key": "another"], "/tls.key is not the key of the first certificate in tls.crt"),
      (["ca.crt": "nonsense"], "/ca.crt holds no PEM certificate, or something that is none"),
      (["tls.key": "missing"], "/tls.key does not exist"),
      (["ca.crt": ""], nil), (["ca.crt": "missing"], nil), ([:], nil),
    ] as [([String: String], String?)])
  func theBrokenFileIsNamed(_ changes: [String: String], says: String?) throws {
    let volume = try Volume()
    var (_, files) = try Self.files("one")
    let (_, others) = try Self.files("two")
    for (name, text) in changes {
      files[name] = text == "missing" ? nil : text == "another" ? others[name] : text
    }
    try volume.swap(to: "..1", files)
    let keeper = Self.keeper(volume, time: ManualTime()) { _ in }
    let problem = keeper.load()
    #expect(problem == says.map { volume.folder.url.path + $0 }, "\(problem ?? "fine")")
    #expect(problem?.contains("c2VjcmV0") != true)
  }

  @Test func aFolderInTheFilesPlaceIsNamed() throws {
    let volume = try Volume()
    var (_, files) = try Self.files("one")
    files["tls.key"] = nil
    try volume.swap(to: "..1", files)
    try FileManager.default.createDirectory(
      atPath: volume.folder.path("..1/tls.key"), withIntermediateDirectories: true)
    let keeper = Self.keeper(volume, time: ManualTime()) { _ in }
    #expect(keeper.load()?.hasPrefix("\(volume.folder.url.path)/tls.key ") == true)
  }
}
