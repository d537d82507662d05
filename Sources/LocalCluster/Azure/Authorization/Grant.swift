/// What a request proved to be allowed to.
enum Grant: Sendable {
  /// Everything in the account: its key, or an identity with the role "Storage Blob Data Contributor".
  case everything
  case shared(SharedAccessSignature)

  /// - Throws: 403 where the operation is none of it.
  func demand(_ operation: StorageOperation) throws(StorageError) {
    guard case .shared(let signature) = self else { return }
    guard signature.covers(operation) else { throw signature.isOfAccount ? .wrongResourceType : .unauthorized }
    guard signature.permissions.contains(where: operation.access.anyOf.contains) else { throw .permissionMismatch }
  }

  /// Whether the request may make a blob but not replace one.
  var createsOnly: Bool {
    guard case .shared(let signature) = self else { return false }
    return !signature.permissions.contains("w")
  }

  func demandTags() throws(StorageError) {
    guard case .shared(let signature) = self else { return }
    guard signature.permissions.contains("t") else { throw .permissionMismatch }
  }
}

extension StorageError {
  static let permissionMismatch = StorageError(
    403, "AuthorizationPermissionMismatch",
    "This request is not authorized to perform this operation using this permission.")
  static let wrongResourceType = StorageError(
    403, "AuthorizationResourceTypeMismatch",
    "This request is not authorized to perform this operation using this resource type.")
  static let wrongService = StorageError(
    403, "AuthorizationServiceMismatch",
    "This request is not authorized to perform this operation using this service.")
  static let wrongProtocol = StorageError(
    403, "AuthorizationProtocolMismatch",
    "This request is not authorized to perform this operation using this protocol.")
  static let wrongSource = StorageError(
    403, "AuthorizationSourceIPMismatch",
    "This request is not authorized to perform this operation using this source IP.")
  static let unauthorized = StorageError(
    403, "AuthorizationFailure", "This request is not authorized to perform this operation.")

  /// - Parameter detail: why, as Azure tells it: the string that was signed, or the times.
  static func authenticationFailed(_ detail: String) -> StorageError {
    StorageError(
      403, "AuthenticationFailed",
      "Server failed to authenticate the request. Make sure the value of Authorization header is formed correctly "
        + "including the signature.", details: [Detail(name: "AuthenticationErrorDetail", text: detail)])
  }

  /// 401, with the place where tokens are issued.
  static func tokenNeeded(_ code: String, detail: String? = nil) -> StorageError {
    var error = StorageError(
      401, code,
      "Server failed to authenticate the request. Please refer to the information in the www-authenticate header.",
      details: detail.map { [Detail(name: "AuthenticationErrorDetail", text: $0)] } ?? [])
    error.challenge =
      "Bearer authorization_uri=https://\(AzureSettings.authorityHost)/\(AzureSettings.tenantID)/oauth2/authorize "
      + "resource_id=https://storage.azure.com"
    return error
  }
}
