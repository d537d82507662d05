/// Proves to the storage account who we are.
protocol AzureCredential: Sendable {
  /// `The managed identity with client id …`, for messages.
  var identity: String { get }
  func authorize(_ request: inout ServiceRequest) async throws
  /// The account did not accept what it was given.
  ///
  /// - Returns: whether trying again with something newer may help.
  func renew() async -> Bool
  /// What to do when the account refuses what this proves.
  var remedy: String { get }
}

extension AzureCredential {
  func renew() async -> Bool { false }
}
