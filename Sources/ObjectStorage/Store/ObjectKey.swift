/// The name of an object inside a store: parts separated by `/`, below the store's root.
///
/// Names come from buckets that others write to, so what is not a plain path never becomes a key: no empty part, no `.` or
/// `..`, no control character, at most 1024 bytes of UTF-8 (the limit of S3 and Azure Blob Storage).
public struct ObjectKey: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let text: String

  /// - Throws: ``ObjectStorageError/invalidName(_:reason:)``.
  public init(_ text: String) throws(ObjectStorageError) {
    if let reason = Self.fault(of: text) { throw .invalidName(text, reason: reason) }
    self.text = text
  }

  private static func fault(of text: String) -> String? {
    if text.isEmpty { return "it is empty" }
    if text.utf8.count > 1024 { return "it is longer than 1024 bytes" }
    if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 || $0 == "\\" }) {
      return "it contains a control character or a backslash"
    }
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    if parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) {
      return "a part between slashes is empty, \".\" or \"..\""
    }
    return nil
  }

  /// The part after the last slash.
  public var name: String { text.lastIndex(of: "/").map { String(text[text.index(after: $0)...]) } ?? text }

  public var description: String { text }

  /// The order of listings: that of the UTF-8 bytes.
  public static func < (left: Self, right: Self) -> Bool { left.text.utf8.lexicographicallyPrecedes(right.text.utf8) }
}
