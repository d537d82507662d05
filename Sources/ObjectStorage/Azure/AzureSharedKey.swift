import Crypto
import NIOHTTP1

/// Signs with the account's key ("Authorize with Shared Key", Microsoft Learn).
struct AzureSharedKey: AzureCredential {
  let account: String
  private let key: SymmetricKey

  /// - Parameter key: base64, as the portal shows it.
  init(account: String, key: String) throws(ObjectStorageError) {
    guard let bytes = Base64.decode(key.trimmed), !bytes.isEmpty else {
      throw .credentials("The key of storage account \(account) is not base64; copy it again from \"Access keys\".")
    }
    self.account = account
    self.key = SymmetricKey(data: bytes)
  }

  var identity: String { "The key of storage account \(account)" }

  var remedy: String {
    "The key of storage account \(account) may have been rotated, or the clock of this machine is wrong."
  }

  func authorize(_ request: inout ServiceRequest) async throws {
    let code = HMAC<SHA256>.authenticationCode(for: Array(textToSign(request).utf8), using: key)
    request.headers.replaceOrAdd(name: "Authorization", value: "SharedKey \(account):\(Base64.encode(code))")
  }

  func textToSign(_ request: ServiceRequest) -> String {
    func header(_ name: String) -> String { request.headers.first(name: name) ?? "" }
    // Since version 2015-02-21 an empty body has an empty length here.
    let length = request.body.map { $0.readableBytes > 0 ? String($0.readableBytes) : "" } ?? ""
    let lines = [
      request.method.rawValue, header("Content-Encoding"), header("Content-Language"), length, header("Content-MD5"),
      header("Content-Type"), header("Date"), header("If-Modified-Since"), header("If-Match"), header("If-None-Match"),
      header("If-Unmodified-Since"), header("Range"),
    ]
    return lines.joined(separator: "\n") + "\n" + canonicalHeaders(request.headers) + canonicalResource(request)
  }

  private func canonicalHeaders(_ headers: HTTPHeaders) -> String {
    headers.map { (name: $0.name.lowercased(), value: $0.value) }.filter { $0.name.hasPrefix("x-ms-") }
      .sorted { $0.name < $1.name }.map { "\($0.name):\($0.value)\n" }.joined()
  }

  /// The account, the path as it is sent, and the query's values as they are meant.
  private func canonicalResource(_ request: ServiceRequest) -> String {
    "/\(account)\(request.encodedPath)"
      + request.query.map { (name: $0.name.lowercased(), value: $0.value) }.sorted { $0.name < $1.name }
      .map { "\n\($0.name):\($0.value)" }.joined()
  }
}
