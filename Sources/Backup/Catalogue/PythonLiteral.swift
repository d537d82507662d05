/// A value as Python writes it (`repr`): so are some fields of `backup.info` kept.
enum PythonLiteral: Sendable, Equatable {
  case none
  case boolean(Bool)
  case integer(Int64)
  case float(Double)
  case string(String)
  case list([PythonLiteral])
  case tuple([PythonLiteral])
  case dictionary([Pair])

  struct Pair: Sendable, Equatable {
    var key: PythonLiteral
    var value: PythonLiteral
  }

  var stringValue: String? { if case .string(let text) = self { text } else { nil } }
  var integerValue: Int64? { if case .integer(let number) = self { number } else { nil } }

  /// The members of a list or a tuple.
  var members: [PythonLiteral]? {
    switch self {
    case .list(let members), .tuple(let members): members
    default: nil
    }
  }
}

extension PythonLiteral: CustomStringConvertible {
  /// The literal, in one line.
  var description: String {
    switch self {
    case .none: "None"
    case .boolean(let value): value ? "True" : "False"
    case .integer(let number): String(number)
    case .float(let number): String(number)
    case .string(let text): Self.quoted(text)
    case .list(let members): "[" + members.map(\.description).joined(separator: ", ") + "]"
    case .tuple(let members):
      "(" + members.map(\.description).joined(separator: ", ") + (members.count == 1 ? ",)" : ")")
    case .dictionary(let pairs):
      "{" + pairs.map { "\($0.key): \($0.value)" }.joined(separator: ", ") + "}"
    }
  }

  /// Single quotes, unless there are some inside and no double ones.
  private static func quoted(_ text: String) -> String {
    let quote: Unicode.Scalar = text.contains("'") && !text.contains("\"") ? "\"" : "'"
    var result = String(quote)
    for scalar in text.unicodeScalars {
      switch scalar {
      case quote, "\\": result += "\\\(scalar)"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if isPrintable(scalar) { result.unicodeScalars.append(scalar) } else { result += escaped(scalar) }
      }
    }
    return result + String(quote)
  }

  /// `str.isprintable`: no control, format, surrogate or private character, and no space but the plain one.
  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
    case .spaceSeparator: scalar == " "
    default: true
    }
  }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    let digits = String(scalar.value, radix: 16)
    let (letter, length) =
      switch scalar.value {
      case 0...0xFF: ("x", 2)
      case 0...0xFFFF: ("u", 4)
      default: ("U", 8)
      }
    return "\\\(letter)" + String(repeating: "0", count: max(0, length - digits.count)) + digits
  }
}
