import HTTPSource
import Questions
import TestSupport
import Testing

/// Connections: how many, for whom, and when they end.
@Suite struct HTTPTransportConnectionTests {
  @Test func twoHundredRequestsShareFourConnections() async throws {
    let server = try ScriptedHTTPServer { .answer(status: 200, body: $0.target) }
    defer { server.stop() }
    try await withTransport { transport in
      let bodies = await withTaskGroup(of: (Int, String?).self) { group in
        for index in 0..<200 {
          group.addTask { (index, await transport.get(endpoint(server.port), "/\(index)").text) }
        }
        return await group.reduce(into: [Int: String?]()) { $0[$1.0] = $1.1 }
      }
      #expect(bodies == Dictionary(uniqueKeysWithValues: (0..<200).map { ($0, "/\($0)") }))
      #expect(server.acceptedConnections <= 4)
      #expect(server.mostRequestsAtOnce <= 4)
      #expect(transport.openConnections(to: endpoint(server.port)) == server.acceptedConnections)
    }
    try await eventually("the server sees the connections end") { server.openConnections == 0 }
  }

  @Test func requestsInTurnUseOneConnection() async throws {
    let server = try ScriptedHTTPServer { .answer(status: 200, body: "\($0.connection)") }
    defer { server.stop() }
    try await withTransport { transport in
      for _ in 0..<10 { #expect(await transport.get(endpoint(server.port)).text == "0") }
      #expect(transport.openConnections(to: endpoint(server.port)) == 1)
    }
  }

  /// Nineteen servers hang, each with more requests than connections; the twentieth answers as ever.
  @Test func hangingServersDelayNobodyElse() async throws {
    let hanging = try (0..<19).map { _ in try ScriptedHTTPServer { _ in .hang } }
    let healthy = try ScriptedHTTPServer { _ in .answer(status: 200, body: "well") }
    defer { for server in hanging + [healthy] { server.stop() } }
    try await withTransport { transport in
      let stuck = Task {
        await withTaskGroup(of: SourceError?.self) { group in
          for server in hanging {
            for _ in 0..<10 {
              group.addTask { await transport.get(endpoint(server.port), timeout: .seconds(30)).error }
            }
          }
          return await group.reduce(into: []) { $0.append($1) }
        }
      }
      try await eventually("the hanging servers are busy") { hanging.allSatisfy { $0.requests.count == 4 } }
      let clock = ContinuousClock()
      for _ in 0..<20 {
        let start = clock.now
        let results = await withTaskGroup(of: String?.self) { group in
          for _ in 0..<20 { group.addTask { await transport.get(endpoint(healthy.port)).text } }
          return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(results == Array(repeating: "well", count: 20))
        #expect(clock.now - start < .seconds(2))
      }
      stuck.cancel()
      for error in await stuck.value {
        #expect(error?.message.contains("cancelled") == true, "\(String(describing: error))")
      }
    }
  }

  @Test func waitingRequestsKeepTheirDeadlines() async throws {
    let server = try ScriptedHTTPServer { _ in .hang }
    defer { server.stop() }
    try await withTransport { transport in
      let clock = ContinuousClock()
      let start = clock.now
      let errors = await withTaskGroup(of: SourceError?.self) { group in
        for _ in 0..<50 {
          group.addTask { await transport.get(endpoint(server.port), timeout: .milliseconds(400)).error }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(clock.now - start < .seconds(3))
      #expect(errors.allSatisfy { $0?.code == .timedOut })
      for error in errors {
        let message = error?.message ?? ""
        #expect(message.contains("no connection became free") || message.contains("no answer within"), "\(message)")
      }
    }
  }

  @Test func connectionsThatTheServerClosedAreReplaced() async throws {
    let server = try ScriptedHTTPServer { request in
      request.connection == 0
        ? .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na".utf8), then: .close)
        : .answer(status: 200, body: "b")
    }
    defer { server.stop() }
    try await withTransport { transport in
      #expect(await transport.get(endpoint(server.port)).text == "a")
      try await eventually("the server sees the connections end") { server.openConnections == 0 }
      #expect(await transport.get(endpoint(server.port)).text == "b")
    }
  }

  @Test func cancellationEndsARequest() async throws {
    let server = try ScriptedHTTPServer { _ in .hang }
    defer { server.stop() }
    try await withTransport { transport in
      let task = Task { await transport.get(endpoint(server.port), timeout: .seconds(600)) }
      try await eventually("the request arrives") { server.requests.count == 1 }
      task.cancel()
      #expect(await task.value.code == .connectionLost)
      try await eventually("the connection ends") { transport.openConnections(to: endpoint(server.port)) == 0 }

      let cancelledBefore = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return await transport.get(endpoint(server.port), timeout: .seconds(600))
      }
      #expect(await cancelledBefore.value.code == .connectionLost)
    }
  }

  @Test func closingAnEndpointLeavesTheOthersAlone() async throws {
    let one = try ScriptedHTTPServer { $0.target == "/hang" ? .hang : .answer(status: 200) }
    let two = try ScriptedHTTPServer { _ in .answer(status: 200) }
    defer { for server in [one, two] { server.stop() } }
    try await withTransport { transport in
      #expect(await transport.get(endpoint(one.port)).status == 200)
      #expect(await transport.get(endpoint(two.port)).status == 200)
      let stuck = Task { await transport.get(endpoint(one.port), "/hang", timeout: .seconds(600)) }
      try await eventually("the request arrives") { one.requests.count == 2 }
      await transport.closeConnections(to: endpoint(one.port))
      #expect(await stuck.value.code == .connectionLost)
      try await eventually("the server sees the connections end") { one.openConnections == 0 }
      #expect(transport.openConnections(to: endpoint(one.port)) == 0)
      #expect(transport.openConnections(to: endpoint(two.port)) == 1)
      #expect(two.openConnections == 1)
      // And it can be asked again.
      #expect(await transport.get(endpoint(one.port)).status == 200)
      #expect(transport.openConnections(to: endpoint(one.port)) == 1)
    }
  }

  @Test func shutdownFailsWhatIsUnderWayAndWhatComesLater() async throws {
    let server = try ScriptedHTTPServer { _ in .hang }
    defer { server.stop() }
    let transport = try HTTPTransport(environment: [:])
    let stuck = (0..<10).map { _ in
      Task { await transport.get(endpoint(server.port), timeout: .seconds(600)) }
    }
    try await eventually("the requests arrive") { server.requests.count == 4 }
    await transport.shutdown()
    for task in stuck { #expect(await task.value.code == .connectionLost) }
    #expect(await transport.get(endpoint(server.port)).code == .connectionLost)
    #expect(transport.openConnections(to: endpoint(server.port)) == 0)
    try await eventually("the server sees the connections end") { server.openConnections == 0 }
    await transport.shutdown()
    await transport.closeConnections(to: endpoint(server.port))
  }

  /// Requests, cancellations, deadlines and closings at random times on a few servers: nothing is lost, nothing leaks.
  @Test func storm() async throws {
    let servers = try (0..<3).map { kind in
      try ScriptedHTTPServer { request in
        switch (kind + request.target.utf8.count) % 4 {
        case 0: .hang
        case 1: .raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx".utf8), then: .reset)
        case 2: .answer(status: 302, headers: ["Location": "/redirected-once"])
        default: .answer(status: 200, body: "fine")
        }
      }
    }
    defer { for server in servers { server.stop() } }
    let endpoints = servers.map { endpoint($0.port) }
    try await withTransport { transport in
      let ended = await withTaskGroup(of: Int.self) { group in
        for index in 0..<600 {
          group.addTask {
            let target = "/" + String(repeating: "a", count: index % 7)
            let request = Task {
              await transport.get(endpoints[index % 3], target, timeout: .milliseconds(index % 50))
            }
            if index % 11 == 0 { request.cancel() }
            if index % 97 == 0 { await transport.closeConnections(to: endpoints[index % 3]) }
            _ = await request.value
            return 1
          }
        }
        return await group.reduce(0, +)
      }
      #expect(ended == 600)
      for endpoint in endpoints { await transport.closeConnections(to: endpoint) }
      try await eventually("the servers see the connections end") { servers.allSatisfy { $0.openConnections == 0 } }
    }
  }
}
