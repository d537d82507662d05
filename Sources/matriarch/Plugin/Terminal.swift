import ArgumentParser
import Foundation
import Glibc
import Plugin

enum ColorChoice: String, ExpressibleByArgument, CaseIterable { case always, auto, never }

/// What standard output is.
enum Terminal {
  /// Colours and columns where it is a terminal. Elsewhere lines are as long as they are: programs read them.
  static func layout(_ choice: ColorChoice) -> Layout {
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let environment = ProcessInfo.processInfo.environment
    // https://no-color.org
    let isWanted = isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    return Layout(isColoured: choice == .always || (choice == .auto && isWanted), width: isTerminal ? columns : nil)
  }

  private static var columns: Int? {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return Int(size.ws_col)
  }
}
