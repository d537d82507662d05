import Crypto
import Foundation

/// Requests that are signed with the account's key ("Authorize with Shared Key", Microsoft Learn).
enum SharedKey {
  /// Requests older or newer than this are refused.
  static let clockSkew = 15 * 60.0

  private static let fields = [
    "Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date",
    "If-Modified-Since",
    "If-Match", "If-None-Match", "If-Unmodified-Since", "Range",
  ]

  /// - Parameters:
  ///   - credential: `account:signature` of the header `Authorization: SharedKey`.
  ///   - key: the account's, decoded.
  static func verify(
    _ credential: Substring, _ request: ServiceRequest, account: String, key: SymmetricKey
  ) throws(StorageError) {
    let parts = credential.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, parts[0] == account, let signature = Data(base64Encoded: String(parts[1])) else {
      throw .authenticationFailed("The credential in the Authorization header is not that of the account \(account).")
    }
    guard let date = request.header("x-ms-date") ?? request.header("Date"), let time = AzureDate.parse(date) else {
      throw .authenticationFailed("The Date header in the request is incorrect.")
    }
    guard abs(request.received.timeIntervalSince1970 - Double(time)) <= clockSkew else {
      throw .authenticationFailed("Request date header too old: '\(date)'")
    }
    let text = stringToSign(request, account: account)
    guard HMAC<SHA256>.isValidAuthenticationCode(signature, authenticating: Data(text.utf8), using: key) else {
      throw .authenticationFailed(
        "The MAC signature found in the HTTP request '\(parts[1])' is not the same as any computed signature. "
          + "Server used following string to sign: '\(text)'.")
    }
  }

  static func stringToSign(_ request: ServiceRequest, account: String) -> String {
    var lines = [request.method]
    for field in fields {
      var value = request.header(field) ?? ""
      if field == "Content-Length", value == "0" { value = "" }
      // The date of the service's own field counts instead.
      if field == "Date", request.header("x-ms-date") != nil { value = "" }
      lines.append(value)
    }
    return lines.joined(separator: "\n") + "\n" + canonicalHeaders(request)
      + canonicalResource(request, account: account)
  }

  private static func canonicalHeaders(_ request: ServiceRequest) -> String {
    var values: [String: String] = [:]
    for (name, value) in request.headers where name.lowercased().hasPrefix("x-ms-") {
      let text = value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
      values[name.lowercased(), default: ""] += (values[name.lowercased()] == nil ? "" : ",") + text
    }
    return values.sorted { HeaderOrder.precedes($0.key, $1.key) }.map { "\($0.key):\($0.value)\n" }.joined()
  }

  private static func canonicalResource(_ request: ServiceRequest, account: String) -> String {
    var values: [String: [String]] = [:]
    for (name, value) in request.query { values[name, default: []].append(value) }
    return "/\(account)\(request.path)"
      + values.sorted { $0.key < $1.key }.map { "\n\($0.key):\($0.value.sorted().joined(separator: ","))" }.joined()
  }
}

/// The order in which header fields are signed: by letters and digits first, as the culture-aware comparison of .NET has
/// it; hyphens decide only between names that are alike otherwise.
enum HeaderOrder {
  static func precedes(_ first: String, _ second: String) -> Bool {
    let (one, two) = (weights(first), weights(second))
    if one != two { return one.lexicographicallyPrecedes(two) }
    // Where one has its hyphen later, it comes first.
    let (hyphens, others) = (positions(first), positions(second))
    for (one, two) in zip(hyphens, others) where one != two { return one > two }
    return hyphens.count < others.count
  }

  private static func weights(_ name: String) -> [UInt8] {
    name.utf8.filter { $0 != UInt8(ascii: "-") && $0 != UInt8(ascii: "'") }.map { byte in
      // Signs before digits before letters; an underscore is a sign.
      byte == UInt8(ascii: "_") ? 1 : byte
    }
  }

  private static func positions(_ name: String) -> [Int] {
    name.utf8.enumerated().filter { $0.element == UInt8(ascii: "-") }.map(\.offset)
  }
}
