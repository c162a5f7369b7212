public import Autoscaling
public import Questions

extension UnknownReason {
  /// A source that failed is a metric that is not known, for the same reason.
  public init(_ error: SourceError) {
    self.init(code: error.code.rawValue, message: error.message)
  }
}
