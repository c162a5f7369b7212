internal import Foundation
internal import FuzzTargets
internal import Testing

/// The fuzz targets without libFuzzer: the whole committed corpus, which holds every input that ever broke something
/// (`finding-…`), and some thousand mutations of it that are the same in every run. `make fuzz` goes further.
@Suite("Fuzz targets")
struct FuzzRegressionTests {
  static let mutationsPerTarget = 3_000

  @Test("Every input of the corpus", arguments: FuzzTarget.allCases)
  func corpus(_ target: FuzzTarget) throws {
    let inputs = try FuzzCorpus.inputs(of: target)
    #expect(inputs.count >= 20, "the corpus of \(target) is not there")
    for (name, input) in inputs { check(target, input, "Fuzz/Corpus/\(target.rawValue)/\(name)") }
  }

  @Test("Mutations of the corpus", arguments: FuzzTarget.allCases)
  func mutations(_ target: FuzzTarget) throws {
    let inputs = try FuzzCorpus.inputs(of: target)
    var mutator = InputMutator(seed: 20_240_229, inputs: inputs.map(\.bytes))
    for number in 0..<Self.mutationsPerTarget {
      let input = mutator.nextInput()
      check(target, input, "mutation \(number), Base64 \(Data(input).base64EncodedString())")
    }
  }

  private func check(_ target: FuzzTarget, _ input: [UInt8], _ origin: @autoclosure () -> String) {
    do throws(BrokenInvariant) {
      try target.run(input)
    } catch {
      Issue.record("\(origin()): \(error)")
    }
  }
}
