import Foundation
import Logging
import NIOHTTP1
import Processes

/// The blob service of a storage account: authenticates a request, finds out what it wants, and does it.
struct BlobService: Sendable {
  let store: BlobStore
  let authorizer: StorageAuthorizer
  let logger: Logger

  /// What versions of the protocol have in common that is understood here.
  private static let newestVersion = "2025-05-05"

  func respond(to request: ServiceRequest, _ body: inout BodyReader) async -> ServiceResponse {
    await respond(to: request, &body, inheriting: nil)
  }

  /// - Parameters:
  ///   - inherited: what the request around this one is allowed to, for a part of a batch that proves nothing of
  ///   its own.
  ///   - account: of the request around this one.
  func respond(
    to request: ServiceRequest, _ body: inout BodyReader, inheriting inherited: Grant?, within account: String? = nil
  ) async
    -> ServiceResponse
  {
    var response: ServiceResponse
    do {
      let address = try ResourceAddress(
        host: request.host, path: request.path, accounts: authorizer.accounts, within: account)
      let operation = StorageOperation(request, address)
      let grant: Grant
      if let inherited, request.header("Authorization") == nil, request.query("sig") == nil {
        grant = inherited
      } else {
        grant = try await authorizer.grant(request, address)
      }
      try grant.demand(operation)
      let call = BlobCall(store: store, request: request, address: address, grant: grant)
      if operation == .batch {
        response = try await batch(call, &body)
      } else {
        response = try await call.perform(operation, &body)
      }
    } catch {
      response = refusal(error, request)
    }
    response.headers.replaceOrAdd(name: "Server", value: "Matriarch-Blob/1.0")
    response.headers.replaceOrAdd(name: "Date", value: AzureDate.header(BlobClock.now()))
    response.headers.replaceOrAdd(name: "x-ms-request-id", value: request.id)
    response.headers.replaceOrAdd(name: "x-ms-version", value: request.header("x-ms-version") ?? Self.newestVersion)
    if let id = request.header("x-ms-client-request-id") {
      response.headers.replaceOrAdd(name: "x-ms-client-request-id", value: id)
    }
    return response
  }

  private func refusal(_ error: any Error, _ request: ServiceRequest) -> ServiceResponse {
    let known: StorageError
    switch error {
    case let error as StorageError: known = error
    case is BodyReader.Incomplete, is CancellationError:
      // Nobody is there to read it.
      known = StorageError.internalError
    case let error as SystemError where error.code == ENOSPC || error.code == EDQUOT:
      logger.error("no room for a blob", metadata: ["error": "\(error)"])
      // As a service that is too busy: clients try again for a while, and there may be room then.
      known = StorageError(503, "ServerBusy", "The disk of the local blob service is full. Make room on it.")
    default:
      logger.error("a blob request failed", metadata: ["path": "\(request.path)", "error": "\(error)"])
      known = StorageError.internalError
    }
    return known.response(requestID: request.id, isHead: request.method == "HEAD")
  }
}
