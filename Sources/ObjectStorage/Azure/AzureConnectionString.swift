/// A connection string of a storage account ("Configure Azure Storage connection strings", Microsoft Learn).
struct AzureConnectionString: Sendable, Equatable {
  var account: String?
  var key: String?
  var signature: String?
  /// `BlobEndpoint`, or what protocol, account and suffix come to.
  var endpoint: String?

  /// The account of the emulators; its key is published.
  private static let developmentAccount = "devstoreaccount1"
  private static let developmentKey =
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="

  init(_ text: String) throws(ObjectStorageError) {
    var fields: [String: String] = [:]
    for part in text.split(separator: ";") {
      // Values contain equals signs.
      guard let equals = part.firstIndex(of: "=") else {
        throw .credentials("The connection string of Azure cannot be read: a part of it has no \"=\".")
      }
      let name = part[..<equals].lowercased().trimmed
      fields[name] = part[part.index(after: equals)...].trimmed
    }
    if fields["usedevelopmentstorage"]?.lowercased() == "true" {
      account = Self.developmentAccount
      key = Self.developmentKey
      endpoint = "http://127.0.0.1:10000/\(Self.developmentAccount)"
      return
    }
    account = fields["accountname"]
    key = fields["accountkey"]
    signature = fields["sharedaccesssignature"]
    let scheme = fields["defaultendpointsprotocol"] ?? "https"
    endpoint =
      fields["blobendpoint"]
      ?? account.flatMap { account in fields["endpointsuffix"].map { "\(scheme)://\(account).blob.\($0)" } }
    guard key != nil || signature != nil else {
      throw .credentials("The connection string of Azure holds neither AccountKey nor SharedAccessSignature.")
    }
  }
}

extension StringProtocol {
  /// Without white space at its ends: secrets in files often end in a newline.
  var trimmed: String {
    var text = self[...]
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    while text.last?.isWhitespace == true { text = text.dropLast() }
    return String(text)
  }
}
