/// Tells the two services apart: by the host that the client asked for, and where it used an address, by the account that
/// the path begins with.
struct ServiceRouter: Sendable {
  let blobs: BlobService
  let tokens: TokenEndpoint

  func respond(to request: ServiceRequest, _ body: inout BodyReader) async -> ServiceResponse {
    // A token for a password, or an assertion, must not travel in the clear.
    if isForTokens(request), request.isSecure { return await tokens.respond(to: request, &body) }
    return await blobs.respond(to: request, &body)
  }

  private func isForTokens(_ request: ServiceRequest) -> Bool {
    if request.host == AzureSettings.authorityHost { return true }
    let accounts = blobs.authorizer.accounts
    guard !accounts.contains(where: { AzureSettings.blobHost($0) == request.host }) else { return false }
    let first = request.path.split(separator: "/", maxSplits: 1).first.map(String.init) ?? ""
    return !first.isEmpty && !accounts.contains(first)
  }
}
