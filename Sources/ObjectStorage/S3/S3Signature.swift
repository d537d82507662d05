import Crypto
import NIOCore
import NIOHTTP1

/// Signs with Signature Version 4 ("Authenticating Requests: Using the Authorization Header", Amazon S3 API Reference).
struct S3Signature {
  let keys: S3Keys
  let region: String
  var service = "s3"

  /// Over TLS nobody can change the body on its way, so it is not hashed; what arrives is compared by its MD5.
  static let unsigned = "UNSIGNED-PAYLOAD"

  /// - Parameter seconds: since 1970.
  func sign(_ request: inout ServiceRequest, at seconds: Double) {
    let date = HTTPDate.compact(seconds)
    let payload = request.address.isSecure ? Self.unsigned : (request.body ?? ByteBuffer()).sha256
    request.headers.replaceOrAdd(name: "Host", value: request.address.authority)
    request.headers.replaceOrAdd(name: "x-amz-date", value: date)
    request.headers.replaceOrAdd(name: "x-amz-content-sha256", value: payload)
    if let token = keys.sessionToken { request.headers.replaceOrAdd(name: "x-amz-security-token", value: token) }
    let headers = canonicalHeaders(request.headers)
    let names = headers.map(\.name).joined(separator: ";")
    let scope = "\(date.prefix(8))/\(region)/\(service)/aws4_request"
    let canonical = [
      request.method.rawValue, request.encodedPath, canonicalQuery(request.query),
      headers.map { "\($0.name):\($0.value)\n" }.joined(), names, payload,
    ].joined(separator: "\n")
    let hash = SHA256.hash(data: Array(canonical.utf8)).hexadecimal
    let text = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(hash)"
    let signature = code(text, key: signingKey(date: String(date.prefix(8)))).hexadecimal
    request.headers.replaceOrAdd(
      name: "Authorization",
      value: "AWS4-HMAC-SHA256 Credential=\(keys.id)/\(scope), SignedHeaders=\(names), Signature=\(signature)")
  }

  private func signingKey(date: String) -> [UInt8] {
    var key = code(date, key: Array("AWS4\(keys.secret)".utf8))
    for part in [region, service, "aws4_request"] { key = code(part, key: key) }
    return key
  }

  private func code(_ text: String, key: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: SymmetricKey(data: key)))
  }

  private func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
    // No name is given twice.
    let encoded = query.map { item in
      (name: PercentEncoding.encode(item.name), value: PercentEncoding.encode(item.value))
    }
    return encoded.sorted { $0.name < $1.name }.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
  }

  /// All that are there: what a proxy adds on the way comes later.
  private func canonicalHeaders(_ headers: HTTPHeaders) -> [(name: String, value: String)] {
    headers.filter { $0.name.lowercased() != "authorization" }
      .map { (name: $0.name.lowercased(), value: $0.value.trimmed) }.sorted { $0.name < $1.name }
  }
}
