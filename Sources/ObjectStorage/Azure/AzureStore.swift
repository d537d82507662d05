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

  public var identity: String { dialect.credential.identity }

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
      let headers = try await client.send(request(.HEAD, key), as: dialect).headers
      return information(
        key, headers, size: try ObjectInformation.size(headers, service: dialect.service), isRange: false)
    } catch ObjectStorageError.notFound {
      return nil
    }
  }

  public func read(_ key: ObjectKey, from offset: Int64) async throws -> ObjectContent {
    var headers = HTTPHeaders()
    if offset > 0 { headers.add(name: "x-ms-range", value: "bytes=\(offset)-") }
    let request = self.request(.GET, key, headers: headers)
    return try await allowingEnd(of: key, at: offset) {
      let answer = try await client.open(request, as: dialect)
      let size = try answer.size(from: offset)
      return try answer.content(
        information(key, answer.headers, size: size, isRange: answer.isRange), from: offset)
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
    _ key: ObjectKey, _ headers: HTTPHeaders, size: Int64, isRange: Bool
  ) -> ObjectInformation {
    ObjectInformation(
      key: key, size: size, tag: headers.first(name: "ETag"),
      modified: headers.first(name: "Last-Modified").flatMap { HTTPDate.parse($0) },
      // Of a range Content-MD5 would be the range's.
      checksum: ObjectChecksum(md5: headers.first(name: isRange ? "x-ms-blob-content-md5" : "Content-MD5")))
  }
}
