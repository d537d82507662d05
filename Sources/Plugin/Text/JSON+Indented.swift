import Kubernetes

extension JSON {
  /// The value as text over several lines, two blanks deeper each level.
  func indented(_ margin: String = "") -> String {
    let inner = margin + "  "
    switch self {
    case .array(let elements) where !elements.isEmpty:
      return "[\n" + elements.map { inner + $0.indented(inner) }.joined(separator: ",\n") + "\n\(margin)]"
    case .object(let members) where !members.isEmpty:
      let lines = members.keys.sorted().map { key in
        "\(inner)\(JSON.string(key).text): \((members[key] ?? .null).indented(inner))"
      }
      return "{\n" + lines.joined(separator: ",\n") + "\n\(margin)}"
    default: return text
    }
  }
}
