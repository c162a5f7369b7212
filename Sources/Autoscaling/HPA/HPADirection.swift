/// Towards more replicas or towards fewer.
public enum HPADirection: String, Hashable, Sendable {
  case up
  case down
}
