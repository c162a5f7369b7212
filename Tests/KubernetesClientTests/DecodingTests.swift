internal import Foundation
internal import KubernetesAPI
internal import Testing

@testable internal import KubernetesClient

@Suite struct JSONScannerTests {
  private func members(_ text: String) -> [String: String]? {
    Data(text.utf8).withUnsafeBytes { bytes in
      JSONScanner.members(bytes, in: 0..<bytes.count).map { members in
        Dictionary(
          members.map {
            (String(decoding: bytes[$0.key], as: UTF8.self), String(decoding: bytes[$0.value], as: UTF8.self))
          }
        ) { $1 }
      }
    }
  }

  @Test func findsMembers() {
    let text = #" { "a" : [1, {"b":"]}\"\\"}] , "k\"ey":"x,}" ,"n":-1.5e3,"z" : null, "ü":{"o":{}}} "#
    #expect(
      members(text) == [
        "a": #"[1, {"b":"]}\"\\"}]"#, #"k\"ey"#: #""x,}""#, "n": "-1.5e3", "z": "null", "ü": #"{"o":{}}"#,
      ])
    #expect(members("{}") == [:])
    #expect(members("[]") == nil)
  }

  @Test func everyPrefixOfAnObjectIsRefused() {
    let text = #"{"a":[1,{"b":"é\"}"}],"c":{"d":[]},"e":12}"#
    let bytes = Array(text.utf8)
    for end in 0..<bytes.count {
      #expect(members(String(decoding: bytes[..<end], as: UTF8.self)) == nil, "cut at \(end)")
    }
    #expect(members(text)?.count == 3)
  }

  @Test func findsElements() {
    let text = #"[ {"a":"]"} , 2,"x",[[]] ]"#
    let elements = Data(text.utf8).withUnsafeBytes { bytes in
      JSONScanner.elements(bytes, in: 0..<bytes.count)?.map { String(decoding: bytes[$0], as: UTF8.self) }
    }
    #expect(elements == [#"{"a":"]"}"#, "2", #""x""#, "[[]]"])
  }
}

@Suite struct ObjectDecoderTests {
  private func decode<Object: Decodable & Sendable>(
    _ text: String, _ type: ResourceType, as: Object.Type
  ) -> ListItem<Object> {
    Data(text.utf8).withUnsafeBytes { ObjectDecoder(type).decode($0, in: 0..<$0.count, as: Object.self) }
  }

  @Test func itemsOfBuiltInListsGetTheirKind() throws {
    let text = #"{"metadata":{"name":"s","namespace":"n"},"data":{"k":"dg=="},"type":"Opaque"}"#
    guard case .object(let secret) = decode(text, .secrets, as: Secret.self) else {
      Issue.record("not decoded")
      return
    }
    #expect(secret.kind == "Secret" && secret.apiVersion == "v1" && secret.value(forKey: "k") == "v")
  }

  @Test(arguments: [
    #"{"metadata":{"managedFields":[{"manager":"}"}],"name":"a","labels":{"x":"y"}}}"#,
    #"{"metadata":{"name":"a","managedFields":[{"manager":"}"}],"labels":{"x":"y"}}}"#,
    #"{"metadata": { "name":"a", "labels":{"x":"y"} , "managedFields" : [ {"manager":"}"} ] } }"#,
  ])
  func managedFieldsAreLeftOut(text: String) {
    guard case .object(let object) = decode(text, .pods, as: MetadataOnly.self) else {
      Issue.record("not decoded: \(text)")
      return
    }
    #expect(object.metadata.managedFields == nil)
    #expect(object.metadata.name == "a" && object.metadata.labels == ["x": "y"])
    #expect(object.kind == "Pod" && object.apiVersion == "v1")
  }

  @Test func metadataOfManagedFieldsOnlyIsNoCrash() {
    guard case .undecodable(let broken) = decode(#"{"metadata":{"managedFields":[]}}"#, .pods, as: MetadataOnly.self)
    else {
      Issue.record("an object without a name was decoded")
      return
    }
    #expect(broken.message == "metadata.name is missing")
  }

  @Test func brokenObjectsAreNamedWithoutTheirValues() {
    let text = #"{"metadata":{"name":"a","namespace":"n","resourceVersion":"7"},"value":"hunter2"}"#
    guard case .undecodable(let broken) = decode(text, Item.type, as: Item.self) else {
      Issue.record("it was decoded")
      return
    }
    #expect(broken.namespace == "n" && broken.name == "a" && broken.resourceVersion == "7")
    #expect(broken.message == "value is no Int")
  }
}

@Suite struct LineSplitterTests {
  @Test func linesAreTheSameHoweverTheChunksFall() throws {
    let lines = [#"{"a":"é😀"}"#, #"{"b":1}"#, "x"]
    let bytes = Array((lines[0] + "\n" + lines[1] + "\n\n" + lines[2] + "\nrest").utf8)
    for first in 0...bytes.count {
      for second in stride(from: first, through: bytes.count, by: 3) {
        var splitter = LineSplitter()
        var found: [String] = []
        for part in [bytes[..<first], bytes[first..<second], bytes[second...]] {
          found += try splitter.lines(adding: part).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(found == lines, "cut at \(first) and \(second)")
      }
    }
  }

  @Test func aLineOfMegabytesInSmallChunksIsLinearWork() throws {
    var splitter = LineSplitter()
    let chunk = [UInt8](repeating: 65, count: 4096)
    for _ in 0..<1024 { #expect(try splitter.lines(adding: chunk).isEmpty) }
    #expect(try splitter.lines(adding: [10]).map(\.count) == [4 << 20])
  }

  @Test func aLineWithoutEndIsRefused() throws {
    var splitter = LineSplitter(limit: 1000)
    _ = try splitter.lines(adding: [UInt8](repeating: 65, count: 1000))
    #expect(throws: LineSplitter.TooLong.self) { try splitter.lines(adding: [65]) }
  }
}

@Suite struct WatchEventTests {
  @Test(arguments: ["", "{}", "null", "[]", #"{"type":"ADDED"}"#, #"{"type":"NEWS","object":{}}"#, "garbage", "{"])
  func otherLinesAreNoEvents(line: String) {
    #expect(WatchEvent<Item>(Data(line.utf8), ObjectDecoder(Item.type)) == nil)
  }

  @Test func errorsWithoutAStatusAreErrorsAllTheSame() {
    let event = WatchEvent<Item>(Data(#"{"object":17,"type":"ERROR"}"#.utf8), ObjectDecoder(Item.type))
    guard case .failed(let status) = event else {
      Issue.record("no error")
      return
    }
    #expect(status.code == 500)
  }
}
