import NIOCore

/// Reads a tar archive as its bytes arrive: ustar, pax and GNU's long names, as Python, GNU and BSD write them.
///
/// What a backup never contains is refused by name: links, devices, absolute paths, `..`, sizes beyond all measure.
public struct TarReader {
  public enum Event: Sendable, Equatable {
    /// A member begins; its bytes follow.
    case entry(TarEntry)
    case bytes(ByteBuffer)
    /// The member's last byte has come.
    case endOfEntry
  }

  /// Headers may not be longer than that.
  static let largestHeader: UInt64 = 1 << 20

  private enum State {
    case header
    case extendedHeader(TarHeader)
    case bytes(name: String, left: Int64, padding: Int)
    case padding(Int)
    /// After the first block of zeros.
    case end
    case trailer
  }

  private var state = State.header
  private var input = ByteBuffer()
  private var extended = TarExtendedHeaders()

  public init() {}

  public mutating func feed(_ bytes: ByteBuffer) {
    if input.readableBytes == 0 { input = bytes } else { input.writeImmutableBuffer(bytes) }
  }

  /// What comes next in what was fed; nil where more has to be fed first.
  ///
  /// - Throws: ``TarError``.
  public mutating func next() throws(TarError) -> Event? {
    while true {
      switch state {
      case .header, .end:
        guard let block = input.readBytes(length: Tar.block) else { return nil }
        if block.allSatisfy({ $0 == 0 }) {
          if case .end = state { state = .trailer } else { state = .end }
          continue
        }
        guard case .header = state else { throw .damaged("something follows its end mark") }
        if let entry = try begin(TarHeader(block)) { return .entry(entry) }
      case .extendedHeader(let header):
        let length = Int(header.size)
        guard input.readableBytes >= length + Tar.padding(Int64(length)), let content = input.readBytes(length: length)
        else { return nil }
        try extended.read(content, type: header.type)
        state = .padding(Tar.padding(Int64(length)))
      case .bytes(let name, let left, let padding):
        if left == 0 {
          state = .padding(padding)
          return .endOfEntry
        }
        let count = min(left, Int64(input.readableBytes))
        guard count > 0, let bytes = input.readSlice(length: Int(count)) else { return nil }
        state = .bytes(name: name, left: left - count, padding: padding)
        return .bytes(bytes)
      case .padding(let left):
        let count = min(left, input.readableBytes)
        input.moveReaderIndex(forwardBy: count)
        if count < left {
          state = .padding(left - count)
          return nil
        }
        state = .header
      case .trailer:
        input.clear()
        return nil
      }
    }
  }

  /// - Throws: ``TarError/truncated(in:)`` where the end mark has not come: a backup's last members may be missing.
  public func finish() throws(TarError) {
    switch state {
    case .trailer: break
    case .bytes(let name, _, _): throw .truncated(in: name)
    default: throw .truncated(in: nil)
    }
  }

  private mutating func begin(_ header: TarHeader) throws(TarError) -> TarEntry? {
    switch header.type {
    case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"):
      guard header.size <= Self.largestHeader else {
        throw .refused(name: header.name, reason: "its header has \(header.size) bytes")
      }
      state = .extendedHeader(header)
      return nil
    default:
      let entry = try extended.entry(header)
      extended.forgetMember()
      state = .bytes(name: entry.name, left: entry.size, padding: Tar.padding(entry.size))
      return entry
    }
  }
}
