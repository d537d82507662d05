/// The images of a node, and which of them a name means.
struct ImageCatalogue: Sendable {
  let images: [LocalImage]

  /// The image for a name in a manifest: the first that matches, or, for a name without a tag or with `latest`, the
  /// newest major.
  ///
  /// - Throws: ``ImageError`` with a list of what there is.
  func resolve(_ name: String) throws(ImageError) -> LocalImage {
    let reference = try ImageReference(name)
    let matching = images.filter { $0.matches(reference) }
    let chosen =
      reference.namesNoVersion ? matching.max { ($0.newestMajor ?? 0) < ($1.newestMajor ?? 0) } : matching.first
    guard let chosen else { throw .unknown(name, available: images.map(\.name)) }
    return chosen
  }
}

extension ImageReference {
  var namesNoVersion: Bool { tag == nil || tag == "latest" }
}

extension LocalImage {
  var newestMajor: Int? { tags.compactMap { Int($0) }.max() }

  func matches(_ reference: ImageReference) -> Bool {
    let isRepository = repositories.contains { pattern in
      Self.matches(
        pattern.contains("/") ? Substring(reference.repository) : reference.lastComponent, pattern: Substring(pattern))
    }
    guard isRepository else { return false }
    guard !tags.isEmpty, let tag = reference.tag, !reference.namesNoVersion else { return true }
    return tags.contains { prefix in
      guard tag.hasPrefix(prefix) else { return false }
      guard let next = tag.dropFirst(prefix.count).first else { return true }
      return !next.isNumber
    }
  }

  /// Whether the text matches a pattern in which `*` stands for any text.
  private static func matches(_ text: Substring, pattern: Substring) -> Bool {
    guard let star = pattern.firstIndex(of: "*") else { return text == pattern }
    guard text.hasPrefix(pattern[..<star]) else { return false }
    var rest = text[text.index(text.startIndex, offsetBy: pattern.distance(from: pattern.startIndex, to: star))...]
    let tail = pattern[pattern.index(after: star)...]
    if tail.isEmpty { return true }
    while true {
      if matches(rest, pattern: tail) { return true }
      if rest.isEmpty { return false }
      rest = rest.dropFirst()
    }
  }
}
