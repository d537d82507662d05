/// The target of a request line, parsed once into parts that cannot mislead a router.
struct RequestTarget: Equatable {
  /// As sent, percent-encoded, without the query.
  var path: String
  /// Decoded; empty ones (`//`, a slash at the end) are left out.
  var segments: [String]
  var query: [QueryItem]

  struct QueryItem: Equatable {
    var name: String
    var value: String
  }

  /// Parses origin form (`/a/b?c=d`), absolute form (`http://host/a`, which proxies send) and `*`.
  ///
  /// A segment that is `.` or `..`, or that holds a slash or a NUL once decoded, is refused: whoever maps segments to
  /// names or files later must not be able to leave the place meant.
  init(parsing target: String) throws(RequestViolation) {
    var rest = target[...]
    if !rest.hasPrefix("/"), let scheme = rest.range(of: "://"), ["http", "https"].contains(rest[..<scheme.lowerBound])
    {
      rest = rest[scheme.upperBound...]
      rest = rest.firstIndex(of: "/").map { rest[$0...] } ?? "/"
    }
    guard rest.hasPrefix("/") || rest == "*" else { throw .malformed("the target is not a path") }
    if let fragment = rest.firstIndex(of: "#") { rest = rest[..<fragment] }
    let question = rest.firstIndex(of: "?")
    let path = rest[..<(question ?? rest.endIndex)]
    self.path = String(path)
    segments = []
    for part in path.split(separator: "/") where part != "*" || path != "*" {
      guard let segment = PercentEncoding.decode(part, plusIsSpace: false) else {
        throw .malformed("the path is not properly percent-encoded UTF-8")
      }
      guard segment != ".", segment != "..", !segment.utf8.contains(where: { $0 == 0x2F || $0 == 0 }) else {
        throw .malformed("the path contains \".\", \"..\" or an encoded slash")
      }
      segments.append(segment)
    }
    query = []
    guard let question else { return }
    for item in rest[rest.index(after: question)...].split(separator: "&") {
      let equals = item.firstIndex(of: "=")
      guard
        let name = PercentEncoding.decode(item[..<(equals ?? item.endIndex)], plusIsSpace: true),
        let value = PercentEncoding.decode(equals.map { item[item.index(after: $0)...] } ?? "", plusIsSpace: true)
      else { throw .malformed("the query is not properly percent-encoded UTF-8") }
      query.append(QueryItem(name: name, value: value))
    }
  }
}

enum PercentEncoding {
  /// Nil where a `%` is not followed by two hexadecimal digits or the bytes are not UTF-8.
  static func decode(_ text: Substring, plusIsSpace: Bool) -> String? {
    guard text.utf8.contains(where: { $0 == 0x25 || $0 == 0x2B && plusIsSpace }) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      switch byte {
      case 0x25:
        guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else { return nil }
        bytes.append(high << 4 | low)
      case 0x2B where plusIsSpace: bytes.append(0x20)
      default: bytes.append(byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }
}
