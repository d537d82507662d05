/// What a text means to the reader; a colour where there are colours.
public enum Tone: Sendable, Hashable {
  case good, warning, bad, info

  /// The parameter of SGR (ECMA-48, 8.3.117).
  fileprivate var code: Int {
    switch self {
    case .good: 32
    case .warning: 33
    case .bad: 31
    case .info: 36
    }
  }
}

/// A text of one line in one tone. Control characters, which may come from anywhere, never reach a terminal.
struct Styled: Sendable, Hashable, ExpressibleByStringInterpolation {
  let text: String
  let tone: Tone?

  init(_ text: String, _ tone: Tone? = nil) {
    let scalars = text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }
    self.text = String(String.UnicodeScalarView(scalars))
    self.tone = tone
  }

  init(stringLiteral value: String) { self.init(value) }

  func rendered(_ layout: Layout) -> String {
    guard layout.isColoured, let tone, !text.isEmpty else { return text }
    return "\u{1B}[\(tone.code)m\(text)\u{1B}[0m"
  }
}

extension Styled {
  /// The text in lines of so many columns at most, broken between words; a word that is longer stays whole.
  func wrapped(_ width: Int?) -> [Styled] {
    guard let width, text.count > width else { return [self] }
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines.map { Styled($0, tone) }
  }
}

/// Where a text goes to.
public struct Layout: Sendable, Hashable {
  public var isColoured: Bool
  /// Columns of the terminal; nil where nobody counts them.
  public var width: Int?

  public init(isColoured: Bool = false, width: Int? = nil) {
    self.isColoured = isColoured
    self.width = width
  }
}
