/// The part of a blob that a request wants: `bytes=0-99`, `bytes=100-`.
struct ByteRange: Sendable, Equatable {
  var start: Int64
  /// The last byte wanted; nil: all from there on.
  var end: Int64?

  /// Blob Storage looks at its own field first and takes no other forms ("Specifying the range header"); what it does not
  /// understand it ignores.
  init?(_ request: ServiceRequest) {
    guard let text = request.header("x-ms-range") ?? request.header("Range") else { return nil }
    self.init(text)
  }

  init?(_ text: String) {
    guard text.hasPrefix("bytes=") else { return nil }
    let parts = text.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 2, let start = Int64(parts[0]), start >= 0 else { return nil }
    self.start = start
    guard !parts[1].isEmpty else { return }
    guard let end = Int64(parts[1]), end >= start else { return nil }
    self.end = end
  }

  /// - Throws: 416 where the blob has no byte there.
  func clamped(to size: Int64) throws(StorageError) -> Range<Int64> {
    guard start < size else { throw .invalidRange(size: size) }
    guard let end, end < size else { return start..<size }
    return start..<(end + 1)
  }
}
