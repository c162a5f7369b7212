#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How much fits on the terminal behind standard output.
struct TerminalSize {
  var columns: Int
  var rows: Int

  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  /// Nil when standard output is no terminal, or one that does not say.
  static var current: TerminalSize? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return TerminalSize(columns: Int(size.ws_col), rows: Int(size.ws_row))
  }
}
