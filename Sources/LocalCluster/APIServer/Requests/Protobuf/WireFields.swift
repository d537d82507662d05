/// The fields of one protobuf message in the order they stand there (https://protobuf.dev/programming-guides/encoding).
struct WireFields: Sequence {
  enum Value {
    /// A varint, or the bits of a fixed-size number.
    case number(UInt64)
    /// A string, bytes or a message.
    case bytes(ArraySlice<UInt8>)
  }

  private var fields: [(Int, Value)] = []

  init(_ bytes: ArraySlice<UInt8>) throws(ProtobufReader.Malformed) {
    var rest = bytes
    while !rest.isEmpty {
      let tag = try Self.varint(&rest)
      let number = Int(truncatingIfNeeded: tag >> 3)
      switch tag & 7 {
      case 0: fields.append((number, .number(try Self.varint(&rest))))
      case 1: fields.append((number, .number(try Self.fixed(&rest, 8))))
      case 2:
        let length = try Self.varint(&rest)
        guard length <= UInt64(rest.count) else { throw Self.tooShort }
        fields.append((number, .bytes(rest.prefix(Int(length)))))
        rest = rest.dropFirst(Int(length))
      case 5: fields.append((number, .number(try Self.fixed(&rest, 4))))
      default: throw ProtobufReader.Malformed(description: "an unknown wire type \(tag & 7)")
      }
    }
  }

  func makeIterator() -> IndexingIterator<[(Int, Value)]> { fields.makeIterator() }

  private static let tooShort = ProtobufReader.Malformed(description: "the message ends too early")

  private static func varint(_ rest: inout ArraySlice<UInt8>) throws(ProtobufReader.Malformed) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while let byte = rest.popFirst() {
      guard shift < 64 else { throw ProtobufReader.Malformed(description: "a number of more than 64 bits") }
      value |= UInt64(byte & 0x7F) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    throw tooShort
  }

  private static func fixed(_ rest: inout ArraySlice<UInt8>, _ count: Int) throws(ProtobufReader.Malformed) -> UInt64 {
    guard rest.count >= count else { throw tooShort }
    var value: UInt64 = 0
    for (index, byte) in rest.prefix(count).enumerated() { value |= UInt64(byte) << UInt64(8 * index) }
    rest = rest.dropFirst(count)
    return value
  }
}
