import Foundation
import NIOCore
import NIOHTTP1

/// One request to the service. What signatures cover is kept as it was sent.
struct ServiceRequest: Sendable {
  var method: String
  /// As sent, percent-encoded, without the query.
  var path: String
  /// Names in small letters, both decoded, in the order sent.
  var query: [(name: String, value: String)]
  var headers: HTTPHeaders
  /// Whether it came over TLS.
  var isSecure: Bool
  var remoteAddress: String
  /// Of the answer too: `x-ms-request-id`.
  let id = UUID().uuidString.lowercased()
  var received = Date()

  init(
    method: String, target: String, headers: HTTPHeaders, isSecure: Bool, remoteAddress: String
  ) throws(StorageError) {
    self.method = method
    self.headers = headers
    self.isSecure = isSecure
    self.remoteAddress = remoteAddress
    var rest = target[...]
    // Absolute form, which clients of proxies send.
    if !rest.hasPrefix("/"), let scheme = rest.range(of: "://") {
      rest = rest[scheme.upperBound...]
      rest = rest.firstIndex(where: { $0 == "/" || $0 == "?" }).map { rest[$0...] } ?? "/"
    }
    let question = rest.firstIndex(of: "?")
    let path = rest[..<(question ?? rest.endIndex)]
    self.path = path.isEmpty ? "/" : String(path)
    query = []
    guard let question else { return }
    for item in rest[rest.index(after: question)...].split(separator: "&") {
      let equals = item.firstIndex(of: "=")
      guard let name = PercentText.decode(item[..<(equals ?? item.endIndex)]),
        let value = PercentText.decode(equals.map { item[item.index(after: $0)...] } ?? "")
      else { throw .invalidURI }
      query.append((name.lowercased(), value))
    }
  }

  /// The first value of a parameter.
  func query(_ name: String) -> String? { query.first { $0.name == name }?.value }

  /// The first value of a header field; empty counts as missing.
  func header(_ name: String) -> String? { headers.first(name: name).flatMap { $0.isEmpty ? nil : $0 } }

  /// Without a port, in small letters.
  var host: String {
    let host = headers.first(name: "host") ?? ""
    guard let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") else { return host.lowercased() }
    return host[..<colon].lowercased()
  }

  /// The fields that begin like this, without the beginning: `x-ms-meta-`.
  func headers(after prefix: String) -> [String: String] {
    var found: [String: String] = [:]
    for (name, value) in headers where name.lowercased().hasPrefix(prefix) {
      found[String(name.dropFirst(prefix.count))] = value
    }
    return found
  }
}

enum PercentText {
  /// A plus is a plus. Nil where a `%` is not followed by two hexadecimal digits or the bytes are not UTF-8.
  static func decode(_ text: Substring) -> String? {
    guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      let digits = rest.prefix(2)
      guard digits.count == 2, digits.allSatisfy({ $0 != UInt8(ascii: "+") && $0 != UInt8(ascii: "-") }),
        let value = UInt8(Substring(digits), radix: 16)
      else { return nil }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// A form (`application/x-www-form-urlencoded`), or blob tags in a header: a plus is a space.
  static func form(_ text: some StringProtocol) -> [(name: String, value: String)]? {
    var items: [(name: String, value: String)] = []
    for item in text.split(separator: "&") {
      let item = String(item).replacing("+", with: " ")[...]
      let equals = item.firstIndex(of: "=")
      guard let name = decode(item[..<(equals ?? item.endIndex)]),
        let value = decode(equals.map { item[item.index(after: $0)...] } ?? "")
      else { return nil }
      items.append((name, value))
    }
    return items
  }
}
