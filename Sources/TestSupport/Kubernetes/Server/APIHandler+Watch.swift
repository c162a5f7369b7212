internal import KubernetesAPI

extension APIHandler {
  func watch(
    _ request: APIRequest, _ place: RequestTarget.ResourceTarget, _ type: ResourceDefinition
  ) throws(APIError) -> APIResponse {
    let selection = try ObjectSelection(request, place, type)
    if request.parameter("sendInitialEvents") != nil {
      throw forbiddenInitialEvents(
        "sendInitialEvents is forbidden for watch unless the WatchList feature gate is enabled")
    }
    var revision: Int64?
    if let text = request.parameter("resourceVersion"), !text.isEmpty, text != "0" {
      guard let number = Int64(text) else { throw .badRequest("resourceVersion: Invalid value: \"\(text)\"") }
      revision = number
    }
    let seconds = request.parameter("timeoutSeconds").flatMap { Int64($0) } ?? 0
    return APIResponse(
      watch: WatchStream(
        store: store, type: type, selection: selection, revision: revision,
        timeout: .seconds(seconds > 0 ? seconds : Int64.random(in: 1_800..<3_600)),
        bookmarks: request.isOn("allowWatchBookmarks") ? bookmarkInterval : nil, asTable: request.wantsTable))
  }
}
