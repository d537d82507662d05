import Logging
import NIOCore
import NIOHTTP1

/// A container of Azure Blob Storage, or of something that speaks its REST API.
public final class AzureStore: ObjectStore {
  public let location: String
  let address: AzureAddress
  let dialect: AzureDialect
  let client: ServiceClient

  /// - Throws: for an address or a credential that cannot be used.
  public convenience init(
    _ configuration: StoreConfiguration, variables: [String: String], logger: Logger
  ) throws(ObjectStorageError) {
    try self.init(configuration, variables: variables, limits: ServiceClient.Limits(), logger: logger)
  }

  init(
    _ configuration: StoreConfiguration, variables: [String: String], limits: ServiceClient.Limits, logger: Logger
  ) throws(ObjectStorageError) {
    var endpoint = configuration.endpointURL
    if endpoint == nil, case .azureConnectionString(let text) = configuration.credentials {
      endpoint = try AzureConnectionString(text).endpoint
    }
    address = try AzureAddress(configuration.destinationPath, endpoint: endpoint)
    location = "azure://\(address.account)/\(address.container)\(address.path.isEmpty ? "" : "/\(address.path)")"
    let client = try ServiceClient(
      authorities: configuration.authorities, variables: variables, limits: limits, logger: logger)
    do throws(ObjectStorageError) {
      dialect = AzureDialect(
        address: address,
        credential: try configuration.credentials.azure(account: address.account, variables: variables, client: client))
    } catch {
      client.abandon()
      throw error
    }
    self.client = client
  }

  public func shutdown() async { await client.shutdown() }

  /// A request about the container, or about an object in it.
  func request(
    _ method: HTTPMethod, _ key: ObjectKey? = nil, query: [(name: String, value: String)] = [],
    headers: HTTPHeaders = [:], body: ByteBuffer? = nil
  ) -> ServiceRequest {
    let path = "/\(address.container)" + (key.map { "/\(address.prefix)\($0.text)" } ?? "")
    return ServiceRequest(method, address.service, path: path, query: query, headers: headers, body: body, key: key)
  }

  public func information(of key: ObjectKey) async throws -> ObjectInformation? {
    do {
      let answer = try await client.send(request(.HEAD, key), as: dialect)
      return try information(key, answer.headers, status: answer.status, offset: 0)
    } catch ObjectStorageError.notFound {
      return nil
    }
  }

  public func read(_ key: ObjectKey, from offset: Int64) async throws -> ObjectContent {
    var headers = HTTPHeaders()
    if offset > 0 { headers.add(name: "x-ms-range", value: "bytes=\(offset)-") }
    do {
      let answer = try await client.open(request(.GET, key, headers: headers), as: dialect)
      let information = try information(key, answer.headers, status: answer.status, offset: offset)
      return ObjectContent(information, from: offset, bytes: answer.body)
    } catch ObjectStorageError.failed(let service, 416, let text) {
      // There is no byte from there on: the end, or behind it.
      guard let information = try await information(of: key) else { throw ObjectStorageError.notFound(key) }
      guard information.size == offset else { throw ObjectStorageError.failed(service: service, status: 416, text: text) }
      return ObjectContent(information, from: offset, bytes: NoBytes())
    }
  }

  public func delete(_ keys: [ObjectKey]) async throws {
    try await inParallel(keys, limit: 16) { [self] key in
      do {
        _ = try await client.send(request(.DELETE, key, headers: ["x-ms-delete-snapshots": "include"]), as: dialect)
      } catch ObjectStorageError.notFound {}
    }
  }

  private func information(
    _ key: ObjectKey, _ headers: HTTPHeaders, status: Int, offset: Int64
  ) throws(ObjectStorageError) -> ObjectInformation {
    let size = try AnswerSize.whole(headers, status: status, offset: offset, service: dialect.service)
    return ObjectInformation(
      key: key, size: size, tag: headers.first(name: "ETag"),
      modified: headers.first(name: "Last-Modified").flatMap { HTTPDate.parse($0) },
      // Of a range Content-MD5 would be the range's.
      checksum: ObjectChecksum(md5: headers.first(name: status == 206 ? "x-ms-blob-content-md5" : "Content-MD5")))
  }
}
