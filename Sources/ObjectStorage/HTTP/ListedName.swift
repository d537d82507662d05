/// Names in the listings of services. Others write to buckets too, so what is no plain path below what was asked for is left
/// out, and can become neither a file's name nor an object that is deleted.
enum ListedName {
  static func key(_ name: String, root: String, prefix: String) -> ObjectKey? {
    guard name.hasPrefix(root) else { return nil }
    let text = String(name.dropFirst(root.count))
    return text.hasPrefix(prefix) ? try? ObjectKey(text) : nil
  }

  /// With its closing slash.
  static func prefix(_ name: String, root: String, prefix: String) -> String? {
    guard name.hasSuffix("/"), let key = key(String(name.dropLast()), root: root, prefix: prefix) else { return nil }
    return "\(key.text)/"
  }

  /// Azure has quotation marks around a tag in headers, but not in listings.
  static func quoted(_ tag: String) -> String { tag.hasPrefix("\"") || tag.hasPrefix("W/") ? tag : "\"\(tag)\"" }
}
