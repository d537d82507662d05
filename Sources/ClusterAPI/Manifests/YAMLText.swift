import Kubernetes

/// YAML text of JSON values: members sorted, so that the same value always gives the same text.
public enum YAMLText {
  public static func document(_ value: JSON) -> String { lines(of: value).joined(separator: "\n") + "\n" }

  private static func lines(of value: JSON) -> [String] {
    switch value {
    case .object(let members) where !members.isEmpty:
      members.keys.sorted().flatMap { member(scalar(.string($0)) + ":", members[$0] ?? .null) }
    case .array(let elements) where !elements.isEmpty:
      elements.flatMap { element in
        let lines = lines(of: element)
        return ["- \(lines[0])"] + lines.dropFirst().map { "  \($0)" }
      }
    default: [scalar(value)]
    }
  }

  private static func member(_ key: String, _ value: JSON) -> [String] {
    switch value {
    case .object(let members) where !members.isEmpty: [key] + lines(of: value).map { "  \($0)" }
    // Kubernetes' own manifests do not indent lists below their key.
    case .array(let elements) where !elements.isEmpty: [key] + lines(of: value)
    default: ["\(key) \(scalar(value))"]
    }
  }

  private static func scalar(_ value: JSON) -> String {
    guard case .string(let text) = value, isPlain(text) else { return value.text }
    return text
  }

  /// Whether YAML reads the bare text as this very string; in doubt it is quoted, as JSON quotes it.
  private static func isPlain(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first, let last = text.unicodeScalars.last else { return false }
    guard first.properties.isAlphabetic, first.isASCII, last != " ", last != ":" else { return false }
    guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else { return false }
    if text.contains(": ") || text.contains(" #") { return false }
    return !reserved.contains(text.lowercased())
  }

  private static let reserved: Set<String> = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"]
}
