internal import Engine
internal import KubernetesAPI
internal import KubernetesClient
internal import Logging
internal import Polling

/// Tells the log of failures that are tried again and again, as `FailureBook` finds them worth it.
struct FailureLog<Key: Hashable & Sendable>: Sendable {
  private let book: FailureBook<Key>
  private let logger: Logger
  private let level: Logger.Level
  private let label: String
  private let problem: String
  private let end: String?
  private let advice: String?

  /// - Parameters:
  ///   - label: what the log calls the thing that fails: `scaledObject`.
  ///   - problem: told when it begins.
  ///   - end: told when it is over; nil where nobody can know.
  ///   - advice: told with the problem.
  init(
    _ logger: Logger, _ level: Logger.Level, time: any TimeSource, label: String, problem: String,
    end: String? = nil, advice: String? = nil
  ) {
    book = FailureBook(time: time)
    self.logger = logger
    self.level = level
    self.label = label
    self.problem = problem
    self.end = end
    self.advice = advice
  }

  /// - Parameter facts: what else is to be told.
  func failed(_ key: Key, _ error: any Error, _ facts: Logger.Metadata = [:]) {
    if (error as? KubernetesError)?.isCancellation == true { return }
    failed(key, cause: FailureBook.Cause(error), text: "\(error)", facts)
  }

  func failed(_ key: Key, cause: FailureBook<Key>.Cause, text: String, _ facts: Logger.Metadata = [:]) {
    guard let beginning = book.begins(key, cause) else { return }
    var metadata = facts
    metadata[label] = "\(key)"
    metadata["error"] = "\(text)"
    if let advice { metadata["advice"] = "\(advice)" }
    if beginning == .tellAsLast { metadata["note"] = "of others with this cause, one is told each minute" }
    logger.log(level: level, "\(problem)", metadata: metadata)
  }

  /// - Parameter facts: what else is to be told.
  func ended(_ key: Key, _ facts: Logger.Metadata = [:]) {
    guard let ending = book.ends(key), let end else { return }
    var metadata = facts
    metadata[label] = "\(key)"
    if case .tellAll(let count) = ending { metadata["note"] = "the last of \(count) with one cause" }
    logger.notice("\(end)", metadata: metadata)
  }

  /// The thing is gone, or whoever told of it has nothing to do with it any more.
  func forget(_ key: Key) { _ = book.ends(key) }

  func forgetAll() { book.removeAll() }
}

extension FailureLog<String> {
  /// Tells of failures that a part only keeps, until the task is cancelled.
  /// - Parameter failures: what fails now, by what it is.
  func follow(time: any TimeSource, _ failures: @Sendable () -> [String: KubernetesError]) async {
    var failing: Set<String> = []
    repeat {
      let now = failures()
      for (name, error) in now.sorted(by: { $0.key < $1.key }) { failed(name, error) }
      for name in failing.subtracting(now.keys).sorted() { ended(name) }
      failing = Set(now.keys)
    } while (try? await time.sleep(until: time.now() + .seconds(5))) != nil
  }
}

extension FailureBook.Cause {
  /// Objects that fail differ in the text: it names them. What the API refuses is told as it changes; for what it cannot do,
  /// one answer is as good as another.
  init(_ error: any Error) {
    switch error {
    case let error as KubernetesError:
      let family = "\(error.code) \(error.status ?? 0)"
      self.init(family: family, text: error.isRefusal ? error.message : family)
    case let error as ScaleTargetError:
      let family = "scale \(error.code)"
      self.init(family: family, text: error.code == .refused ? error.message : family)
    case let error as Obstacle:
      self.init(error.cause)
    default:
      self.init(family: "\(error)", text: "\(error)")
    }
  }
}
