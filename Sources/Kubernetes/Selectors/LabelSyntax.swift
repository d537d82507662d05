/// What labels may be called and say
/// (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set).
public enum LabelSyntax {
  /// `name` or `prefix/name`: the name as a value but not empty, the prefix a DNS subdomain of at most 253 characters.
  public static func isKey(_ key: String) -> Bool {
    let parts = key.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let name = parts.last, !name.isEmpty, isValue(String(name)) else { return false }
    return parts.count == 1 || isDNSSubdomain(parts[0])
  }

  /// Empty, or at most 63 letters, digits, `-`, `_` and `.`, a letter or digit at both ends.
  public static func isValue(_ value: String) -> Bool {
    let bytes = value.utf8
    guard let first = bytes.first, let last = bytes.last else { return true }
    return bytes.count <= 63 && isAlphanumeric(first) && isAlphanumeric(last)
      && bytes.allSatisfy { isAlphanumeric($0) || "-_.".utf8.contains($0) }
  }

  private static func isDNSSubdomain(_ text: Substring) -> Bool {
    guard !text.isEmpty, text.utf8.count <= 253 else { return false }
    return text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
      guard let first = part.utf8.first, let last = part.utf8.last else { return false }
      return isLowercaseAlphanumeric(first) && isLowercaseAlphanumeric(last)
        && part.utf8.allSatisfy { isLowercaseAlphanumeric($0) || $0 == UInt8(ascii: "-") }
    }
  }

  private static func isLowercaseAlphanumeric(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isLowercaseAlphanumeric(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
  }
}
