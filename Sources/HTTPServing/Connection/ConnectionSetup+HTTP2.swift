internal import NIOCore
internal import NIOHTTP2

extension ConnectionSetup {
  /// Called on the connection's event loop, when the handshake has chosen HTTP/2.
  func addHTTP2(to channel: any Channel, peer: ConnectionPeer?) throws {
    let limits = services.limits
    let pipeline = channel.pipeline.syncOperations
    let manager = NIOHTTP2ServerConnectionManagementHandler(
      eventLoop: channel.eventLoop,
      configuration: .init(
        maxIdleTime: limits.idleTimeout.timeAmount, maxAge: nil, maxGraceTime: nil, keepalive: nil))
    var connection = NIOHTTP2Handler.ConnectionConfiguration()
    connection.initialSettings = [
      HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.streamsPerConnection),
      HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headBytes),
    ]
    // A stream that was reset may have frames on the way: as many are remembered as there can be, and a few more.
    connection.maximumRecentlyResetStreams = 2 * limits.streamsPerConnection
    // The default counts stream errors over the whole life of a connection, and an API server keeps its own for weeks.
    // Their rate is bounded all the same.
    connection.maximumConnectionGlitches = .max
    connection.controlFrameRateLimit.maximumCount = Flood.frames
    connection.controlFrameRateLimit.windowLength = Flood.time
    var streams = NIOHTTP2Handler.StreamConfiguration()
    streams.streamResetFrameRateLimit.maximumCount = Flood.frames
    streams.streamResetFrameRateLimit.windowLength = Flood.time
    streams.streamErrorRateLimit.maximumCount = Flood.frames
    streams.streamErrorRateLimit.windowLength = Flood.time

    let services = services
    let date = NIOLoopBoundBox(HTTPDate(), eventLoop: channel.eventLoop)
    let peer = NIOLoopBound(peer, eventLoop: channel.eventLoop)
    let answers = NIOLoopBound(
      HTTP2Answers(connection: channel, timeout: limits.idleTimeout.timeAmount), eventLoop: channel.eventLoop)
    channel.closeFuture.whenComplete { _ in answers.value.stop() }
    let handler = NIOHTTP2Handler(
      mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection, streamConfiguration: streams,
      streamDelegate: manager.http2StreamDelegate
    ) { stream in
      stream.eventLoop.makeCompletedFuture {
        try stream.pipeline.syncOperations.addHandler(
          HTTP2StreamHandler(services: services, date: date, peer: peer.value, answers: answers.value))
      }
    }
    let errors = HTTP2ErrorWatch()
    try pipeline.addHandler(errors)
    try pipeline.addHandler(handler)
    try pipeline.addHandler(HTTP2Closer(errors: errors, patience: limits.requestTimeout.timeAmount))
    try pipeline.addHandler(manager)
    // The connection has been active since before the handshake; the manager's idle clock starts only now.
    manager.channelActive(context: try pipeline.context(handler: manager))
  }

  /// More of one kind of frames (RST_STREAM; PING, SETTINGS and PRIORITY; what is wrong with its stream) in this time
  /// are a flood, which ends the connection. The defaults, 200 in 30 s, are too few: an API server shares one connection
  /// among all its callers, and those that give up, many at once when we are slow, must not end it for all others.
  private enum Flood {
    static let frames = 1_000
    static let time = TimeAmount.seconds(10)
  }
}
