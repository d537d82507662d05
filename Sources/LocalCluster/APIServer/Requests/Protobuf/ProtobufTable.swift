import Synchronization

/// The messages of Kubernetes' protobuf encoding, as far as clients send them: Go clients of built-in kinds do, kubectl
/// among them (`kubectl create namespace`).
///
/// The text form, one message after the other: `Name= 1field 2list*:Message 3map%:Type 4optional?:i`. A field's type
/// is a string where none stands; `i` an integer, `b` a boolean, `y` bytes, `d` a double. `?` marks a field whose zero
/// value is not absence, `^` one whose message's fields stand directly in the JSON around it.
struct ProtobufTable: Sendable {
  struct Field: Sendable {
    enum Shape: Sendable { case one, list, map }
    var name: String
    var type: String
    var shape: Shape
    var keepsZero: Bool
    var isInline: Bool
  }

  /// Fields by number, by message.
  let messages: [String: [Int: Field]]

  static let shared = ProtobufTable([meta, core, others])

  init(_ texts: [String]) {
    var messages: [String: [Int: Field]] = [:]
    var current = ""
    for text in texts {
      for word in text.split(whereSeparator: \.isWhitespace) {
        if word.last == "=" {
          current = String(word.dropLast())
          messages[current] = [:]
        } else if let (number, field) = Self.field(word) {
          messages[current]?[number] = field
        }
      }
    }
    self.messages = messages
  }

  private static func field(_ word: Substring) -> (Int, Field)? {
    let parts = word.split(separator: ":", maxSplits: 1)
    guard var name = parts.first, let number = Int(name.prefix { $0.isNumber }) else { return nil }
    name = name.drop { $0.isNumber }
    var field = Field(
      name: "", type: parts.count > 1 ? String(parts[1]) : "s", shape: .one, keepsZero: false, isInline: false)
    while let mark = name.last, "?*%^".contains(mark) {
      switch mark {
      case "?": field.keepsZero = true
      case "*": field.shape = .list
      case "%": field.shape = .map
      default: field.isInline = true
      }
      name.removeLast()
    }
    field.name = String(name)
    return (number, field)
  }
}
