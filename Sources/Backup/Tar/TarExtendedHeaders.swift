/// What extended headers say of the next member (`x`, `L`, `K`) or of all that follow (`g`).
struct TarExtendedHeaders {
  private var member: [String: String] = [:]
  private var all: [String: String] = [:]

  mutating func forgetMember() { member = [:] }

  mutating func read(_ content: [UInt8], type: UInt8) throws(TarError) {
    switch type {
    case UInt8(ascii: "L"): member["path"] = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
    case UInt8(ascii: "K"): member["linkpath"] = String(decoding: content.prefix { $0 != 0 }, as: UTF8.self)
    case UInt8(ascii: "g"): all.merge(try Self.records(content)) { $1 }
    default: member.merge(try Self.records(content)) { $1 }
    }
  }

  /// `LENGTH KEY=VALUE\n`, any number of times.
  private static func records(_ content: [UInt8]) throws(TarError) -> [String: String] {
    var records: [String: String] = [:]
    var rest = content[...]
    while !rest.isEmpty {
      let digits = rest.prefix { $0 != UInt8(ascii: " ") }
      guard let length = Int(String(decoding: digits, as: UTF8.self)), length > digits.count + 1, length <= rest.count
      else { throw .damaged("an extended header cannot be read") }
      let record = rest.prefix(length).dropFirst(digits.count + 1)
      guard record.last == UInt8(ascii: "\n"), let equals = record.firstIndex(of: UInt8(ascii: "=")) else {
        throw .damaged("an extended header cannot be read")
      }
      records[String(decoding: record[..<equals], as: UTF8.self)] =
        String(decoding: record[(equals + 1)...].dropLast(), as: UTF8.self)
      rest = rest.dropFirst(length)
    }
    return records
  }

  /// The member as it is meant.
  ///
  /// - Throws: ``TarError/refused(name:reason:)`` for what no backup contains.
  func entry(_ header: TarHeader) throws(TarError) -> TarEntry {
    let values = all.merging(member) { $1 }
    let name = values["path"] ?? header.name
    let kind: TarEntry.Kind
    switch header.type {
    // "7" is a file that was contiguous on disk.
    case 0, UInt8(ascii: "0"), UInt8(ascii: "7"): kind = name.hasSuffix("/") ? .directory : .file
    case UInt8(ascii: "5"): kind = .directory
    case UInt8(ascii: "1"), UInt8(ascii: "2"): throw .refused(name: name, reason: "it is a link")
    case UInt8(ascii: "3"), UInt8(ascii: "4"), UInt8(ascii: "6"):
      throw .refused(name: name, reason: "it is a device or a pipe")
    default: throw .refused(name: name, reason: "it is of an unknown kind (\(header.type))")
    }
    if values.keys.contains(where: { $0.hasPrefix("GNU.sparse") }) {
      throw .refused(name: name, reason: "it is a sparse file")
    }
    func number(_ key: String, _ value: UInt64, _ limit: UInt64) throws(TarError) -> UInt64 {
      var number = value
      if let text = values[key] {
        // Python tells times as 1717593435.1234567.
        guard let whole = UInt64(text.prefix { $0 != "." }) else {
          throw .refused(name: name, reason: "its \(key) is \"\(text)\"")
        }
        number = whole
      }
      guard number <= limit else { throw .refused(name: name, reason: "its \(key) is \(number)") }
      return number
    }
    let size = try number("size", header.size, 1 << 50)
    return TarEntry(
      name: try Self.path(name), kind: kind, size: kind == .directory ? 0 : Int64(size),
      mode: UInt32(truncatingIfNeeded: header.mode & 0o7777), user: UInt32(try number("uid", header.user, 1 << 32 - 1)),
      group: UInt32(try number("gid", header.group, 1 << 32 - 1)),
      modified: Int64(try number("mtime", header.modified, 1 << 40)))
  }

  /// The name without a closing slash, once it is sure that it leads nowhere else.
  private static func path(_ name: String) throws(TarError) -> String {
    guard !name.isEmpty else { throw .refused(name: name, reason: "it has no name") }
    guard !name.hasPrefix("/") else { throw .refused(name: name, reason: "its path is absolute") }
    guard !name.unicodeScalars.contains("\0") else { throw .refused(name: name, reason: "its name contains a zero") }
    guard name.utf8.count <= 4096 else {
      throw .refused(name: String(name.prefix(100)), reason: "its name is too long")
    }
    var path = name[...]
    while path.hasSuffix("/") { path = path.dropLast() }
    guard !path.split(separator: "/").contains("..") else {
      throw .refused(name: name, reason: "its path leads out of the directory")
    }
    return String(path)
  }
}
