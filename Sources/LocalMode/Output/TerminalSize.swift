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
    // The C structure is four 16-bit numbers: rows, columns, and the size in pixels.
    var size = [UInt16](repeating: 0, count: 4)
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size[1] > 0 else { return nil }
    return TerminalSize(columns: Int(size[1]), rows: Int(size[0]))
  }
}
