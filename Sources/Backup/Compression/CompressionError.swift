/// Why bytes could not be compressed or decompressed.
public enum CompressionError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The bytes are not of the format, or not those that were written. The text says what was found.
  case corrupt(Compression, String)
  /// The bytes end in the middle.
  case truncated(Compression)
  /// There is more than the bytes that may come out of it.
  case tooLarge(Compression, limit: Int64)
  /// The library does not do it: no memory, a level that it does not know.
  case unavailable(Compression, String)

  public var description: String {
    switch self {
    case .corrupt(let compression, let text): "The \(compression) data are damaged: \(text)."
    case .truncated(let compression):
      compression == .none ? "The data end too early." : "The \(compression) data end too early."
    case .tooLarge(let compression, let limit):
      "The \(compression) data hold more than the \(limit) bytes that they may hold."
    case .unavailable(let compression, let text): "\(compression) cannot be used: \(text)."
    }
  }
}
