import Testing

@testable import Operator

@Suite struct KEDAVariablesTests {
  @Test func onlyWhatIsSetIsTold() {
    #expect(KEDAVariables.withoutEffect(in: ["PATH": "/bin", "KEDA_HTTP_DEFAULT_TIMEOUT": ""]).isEmpty)
    let told = KEDAVariables.withoutEffect(in: [
      "WATCH_NAMESPACE": "shop", "KEDA_RESTRICT_SECRET_ACCESS": "true", "KEDA_CLUSTER_OBJECT_NAMESPACE": "keda",
    ])
    #expect(told.map(\.variable) == ["KEDA_RESTRICT_SECRET_ACCESS", "WATCH_NAMESPACE"])
    #expect(told.last?.advice.contains("--watch-namespace") == true)
  }
}
