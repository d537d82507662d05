import Foundation
import Logging
import NIOCore
import NIOHTTP1

/// A bucket of Google Cloud Storage, through its JSON API.
///
/// Tags become the object's metadata, as Barman does it: Cloud Storage has no tags.
public final class GoogleStore: ObjectStore {
  public let location: String
  let bucket: String
  /// Before every key of the store.
  let prefix: String
  let address: ServiceAddress
  let dialect: GoogleDialect
  let client: ServiceClient
  let sessions = ResumableSessions()

  /// - Throws: for an address or a credential that cannot be used.
  public convenience init(
    _ configuration: StoreConfiguration, variables: [String: String], logger: Logger
  ) throws(ObjectStorageError) {
    try self.init(configuration, variables: variables, limits: ServiceClient.Limits(), logger: logger)
  }

  init(
    _ configuration: StoreConfiguration, variables: [String: String], limits: ServiceClient.Limits, logger: Logger
  ) throws(ObjectStorageError) {
    let destination = configuration.destinationPath
    guard destination.hasPrefix("gs://") else {
      throw .invalidAddress(destination, reason: "a bucket must be given as gs://BUCKET/path")
    }
    let parts = destination.dropFirst("gs://".count).split(separator: "/").map(String.init)
    guard let bucket = parts.first else { throw .invalidAddress(destination, reason: "it names no bucket") }
    let path = parts.dropFirst().joined(separator: "/")
    if !path.isEmpty { _ = try ObjectKey(path) }
    self.bucket = bucket
    prefix = path.isEmpty ? "" : "\(path)/"
    location = "gs://\(bucket)\(path.isEmpty ? "" : "/\(path)")"
    let emulator = variables["STORAGE_EMULATOR_HOST"].flatMap { $0.isEmpty ? nil : $0 }
    address = try ServiceAddress(configuration.endpointURL ?? emulator ?? "https://storage.googleapis.com")
    let client = try ServiceClient(
      authorities: configuration.authorities, variables: variables, limits: limits, logger: logger)
    do throws(ObjectStorageError) {
      let source: any GoogleTokenSource
      switch configuration.credentials {
      case .googleKey(let json): source = try GoogleServiceAccount(json, client: client)
      case .googleMetadata: source = try GoogleMetadata(variables, client: client)
      default: throw .credentials("\(configuration.credentials) cannot be used for Google Cloud Storage.")
      }
      dialect = GoogleDialect(bucket: bucket, source: source)
    } catch {
      client.abandon()
      throw error
    }
    self.client = client
  }

  public var identity: String { dialect.source.identity }

  public func shutdown() async { await client.shutdown() }

  /// A request about the bucket's objects, or about one of them.
  func request(
    _ method: HTTPMethod, _ key: ObjectKey? = nil, query: [(name: String, value: String)] = [],
    headers: HTTPHeaders = [:]
  ) -> ServiceRequest {
    var request = ServiceRequest(
      method, address, path: "/storage/v1/b/\(bucket)/o", query: query, headers: headers, key: key)
    request.lastPart = key.map { prefix + $0.text }
    return request
  }

  public func information(of key: ObjectKey) async throws -> ObjectInformation? {
    do {
      let answer = try await client.send(request(.GET, key), as: dialect)
      return try object(answer).information(key, service: dialect.service)
    } catch ObjectStorageError.notFound {
      return nil
    }
  }

  func object(_ answer: ServiceAnswer) throws(ObjectStorageError) -> GoogleObject {
    guard let object = try? JSONDecoder().decode(GoogleObject.self, from: Data(answer.body.readableBytesView)) else {
      throw .failed(service: dialect.service, status: answer.status, text: "the answer about an object cannot be read")
    }
    return object
  }

  public func read(_ key: ObjectKey, from offset: Int64) async throws -> ObjectContent {
    // Else what is stored compressed is unpacked on the way, and neither size nor checksum are those of what comes.
    var headers: HTTPHeaders = ["Accept-Encoding": "gzip"]
    if offset > 0 { headers.add(name: "Range", value: "bytes=\(offset)-") }
    let request = self.request(.GET, key, query: [("alt", "media")], headers: headers)
    return try await allowingEnd(of: key, at: offset) {
      let answer = try await client.open(request, as: dialect)
      let information = ObjectInformation(
        key: key, size: try answer.size(from: offset), tag: answer.headers.first(name: "x-goog-generation"),
        modified: answer.headers.first(name: "Last-Modified").flatMap { HTTPDate.parse($0) },
        checksum: GoogleChecksum.best(answer.headers))
      return try answer.content(information, from: offset)
    }
  }

  public func list(_ prefix: String, isFlat: Bool, after token: String?) async throws -> ObjectListing {
    var query = [
      (name: "maxResults", value: "1000"),
      (name: "fields", value: "items(name,size,generation,updated),prefixes,nextPageToken"),
    ]
    let whole = self.prefix + prefix
    if !whole.isEmpty { query.append(("prefix", whole)) }
    if !isFlat { query.append(("delimiter", "/")) }
    if let token { query.append(("pageToken", token)) }
    let answer = try await client.send(request(.GET, query: query), as: dialect, limit: 32 << 20)
    guard let page = try? JSONDecoder().decode(GooglePage.self, from: Data(answer.body.readableBytesView)) else {
      throw ObjectStorageError.failed(
        service: dialect.service, status: answer.status, text: "the listing cannot be read")
    }
    return try page.listing(below: self.prefix, prefix: prefix, service: dialect.service)
  }

  public func delete(_ keys: [ObjectKey]) async throws {
    try await inParallel(keys, limit: 16) { [self] key in
      do { _ = try await client.send(request(.DELETE, key), as: dialect) } catch ObjectStorageError.notFound {}
    }
  }
}
