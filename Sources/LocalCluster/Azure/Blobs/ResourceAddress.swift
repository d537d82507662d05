/// What a request is about: an account, a container in it, a blob in that.
struct ResourceAddress: Sendable, Equatable {
  var account: String
  var container: String?
  var blob: String?

  /// - Parameters:
  ///   - host: without a port.
  ///   - path: percent-encoded.
  ///   - accounts: those that there are.
  ///   - account: whose path it is where it does not begin with one: a part of a batch leaves it out, whatever the form.
  /// - Throws: ``StorageError/invalidURI``, ``StorageError/invalidResourceName`` or ``StorageError/resourceNotFound``.
  init(host: String, path: String, accounts: Set<String>, within account: String? = nil) throws(StorageError) {
    var rest = path[...].drop { $0 == "/" }
    if let named = accounts.first(where: { AzureSettings.blobHost($0) == host }) {
      self.account = named
    } else if let account, rest.firstIndex(of: "/").map({ !accounts.contains(String(rest[..<$0])) }) ?? true {
      self.account = account
    } else {
      // As emulators have it: the account is the first part of the path.
      guard let name = Self.takePart(&rest) else { throw .invalidURI }
      guard accounts.contains(name) else { throw .resourceNotFound }
      self.account = name
    }
    guard let container = Self.takePart(&rest), !container.isEmpty else { return }
    guard ResourceNames.isContainer(container) else { throw .invalidResourceName }
    self.container = container
    guard !rest.isEmpty else { return }
    guard let blob = PercentText.decode(rest) else { throw .invalidURI }
    guard ResourceNames.isBlob(blob) else { throw .invalidResourceName }
    self.blob = blob
  }

  private static func takePart(_ rest: inout Substring) -> String? {
    let part = rest.prefix { $0 != "/" }
    rest = rest[part.endIndex...].dropFirst()
    return PercentText.decode(part)
  }
}
