internal import NIOCore

/// The body of one request as it comes in: kept where the responder wants it, counted and thrown away where not.
///
/// A request without a body costs nothing here.
struct RequestBody {
  private(set) var bytes: [UInt8] = []
  private var count = 0
  private var room: Room?

  /// Takes a piece.
  ///
  /// - Returns: the status with which the request is refused, or nil.
  mutating func append(_ piece: ByteBuffer, services: ConnectionServices) -> Int? {
    let (sum, overflow) = count.addingReportingOverflow(piece.readableBytes)
    guard !overflow, sum <= services.largestBody else { return 413 }
    count = sum
    guard services.keepsBodies, piece.readableBytes > 0 else { return nil }
    let room = self.room ?? Room(services.bodyBudget)
    self.room = room
    guard room.grow(by: piece.readableBytes) else { return 503 }
    bytes.append(contentsOf: piece.readableBytesView)
    return nil
  }

  /// What a body takes of the budget, given back when the request is done with, however it ends.
  private final class Room {
    private let budget: BodyBudget
    private var count = 0

    init(_ budget: BodyBudget) {
      self.budget = budget
    }

    deinit {
      budget.giveBack(count)
    }

    func grow(by bytes: Int) -> Bool {
      guard budget.take(bytes) else { return false }
      count += bytes
      return true
    }
  }
}
