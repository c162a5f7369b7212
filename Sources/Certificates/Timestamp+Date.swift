internal import Foundation
internal import KubernetesAPI

/// Certificates know whole seconds.
extension Timestamp {
  init(_ date: Date) {
    let seconds = date.timeIntervalSince1970.rounded(.down)
    self.init(seconds: Int64(exactly: seconds) ?? (seconds < 0 ? .min : .max))
  }

  var date: Date { Date(timeIntervalSince1970: secondsSinceEpoch.rounded(.down)) }
}

extension Duration {
  static func days(_ count: Int64) -> Duration { .seconds(count.multipliedSaturating(by: 86_400)) }
}

/// How long certificates live and when they are replaced.
public enum CertificateLifetime {
  /// An authority's: 10 years, as KEDA's.
  public static let authority = Duration.days(3650)
  /// A serving certificate's: 1 year, as KEDA's.
  public static let serving = Duration.days(365)
  /// How long before its end a serving certificate is replaced: 90 days, as KEDA's.
  public static let renewalMargin = Duration.days(90)
  /// Certificates are valid from an hour before they are made, for clocks that are behind.
  static let backdating = Duration.seconds(3600)
}
