import Foundation
import NIOHTTP1

/// The body of a batch: requests in the parts of a MIME message ("Blob Batch", Microsoft Learn).
enum BatchBody {
  struct Part: Sendable {
    var contentID: String?
    var method: String
    var target: String
    var headers: HTTPHeaders
  }

  /// So many at most.
  static let mostParts = 256

  /// - Parameter contentType: `multipart/mixed; boundary=…`.
  /// - Throws: 400 for what is no such message.
  static func parse(_ bytes: [UInt8], contentType: String) throws(StorageError) -> [Part] {
    guard let boundary = boundary(contentType), let text = String(validating: bytes, as: UTF8.self) else {
      throw invalid("it is no multipart/mixed message with a boundary")
    }
    var parts: [Part] = []
    // What stands before the first boundary and behind the last is no part (RFC 2046, section 5.1).
    let normalized = "\n" + text.replacing("\r\n", with: "\n")
    let pieces = normalized.split(separator: "\n--\(boundary)", omittingEmptySubsequences: false)
    for piece in pieces.dropFirst() {
      if piece.hasPrefix("--") { break }
      parts.append(try part(piece))
      guard parts.count <= mostParts else { throw invalid("it has more than \(mostParts) requests") }
    }
    guard !parts.isEmpty else { throw invalid("there is no request in it") }
    return parts
  }

  private static func boundary(_ contentType: String) -> String? {
    guard contentType.lowercased().hasPrefix("multipart/mixed"), let start = contentType.firstRange(of: "boundary=")
    else {
      return nil
    }
    let value = contentType[start.upperBound...].prefix { $0 != ";" }
    let boundary = value.trimmingCharacters(in: CharacterSet(charactersIn: "\" "))
    return boundary.isEmpty ? nil : boundary
  }

  private static func part(_ text: Substring) throws(StorageError) -> Part {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
    let outer = lines.prefix { !$0.isEmpty }
    let inner = lines.dropFirst(outer.count + 1).prefix { !$0.isEmpty }
    let words = (inner.first ?? "").split(separator: " ")
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { throw invalid("a part of it is no request") }
    return Part(
      contentID: try headers(outer).first(name: "Content-ID"), method: String(words[0]), target: String(words[1]),
      headers: try headers(inner.dropFirst()))
  }

  private static func headers(_ lines: some Sequence<Substring>) throws(StorageError) -> HTTPHeaders {
    var headers = HTTPHeaders()
    for line in lines {
      guard let colon = line.firstIndex(of: ":") else { throw invalid("a header field in it has no colon") }
      headers.add(
        name: line[..<colon].trimmingCharacters(in: .whitespaces),
        value: line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
    return headers
  }

  private static func invalid(_ reason: String) -> StorageError {
    StorageError(
      400, "InvalidInput", "One of the request inputs is not valid.",
      details: [.init(name: "Reason", text: "The batch cannot be read: \(reason).")])
  }
}
