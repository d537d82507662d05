import Logging
import NIOCore
import NIOHTTP1

/// A bucket of Amazon S3, or of something that speaks its REST API.
public final class S3Store: ObjectStore {
  public let location: String
  let address: S3Address
  let dialect: S3Dialect
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
    let variables = variables.filter { !$0.value.isEmpty }
    address = try S3Address(
      configuration.destinationPath,
      endpoint: configuration.endpointURL ?? variables["AWS_ENDPOINT_URL_S3"] ?? variables["AWS_ENDPOINT_URL"],
      region: configuration.credentials.region ?? variables["AWS_REGION"] ?? variables["AWS_DEFAULT_REGION"])
    location = "s3://\(address.bucket)\(address.path.isEmpty ? "" : "/\(address.path)")"
    let client = try ServiceClient(
      authorities: configuration.authorities, variables: variables, limits: limits, logger: logger)
    do throws(ObjectStorageError) {
      dialect = S3Dialect(
        address: address,
        source: try configuration.credentials.s3(region: address.region, variables: variables, client: client))
    } catch {
      client.abandon()
      throw error
    }
    self.client = client
  }

  public var identity: String { dialect.source.identity }

  public func shutdown() async { await client.shutdown() }

  /// A request about the bucket, or about an object in it.
  func request(
    _ method: HTTPMethod, _ key: ObjectKey? = nil, query: [(name: String, value: String)] = [],
    headers: HTTPHeaders = [:], body: ByteBuffer? = nil
  ) -> ServiceRequest {
    ServiceRequest(
      method, dialect.bucketAddress, path: "/" + (key.map { "\(address.prefix)\($0.text)" } ?? ""), query: query,
      headers: headers, body: body, key: key)
  }

  public func information(of key: ObjectKey) async throws -> ObjectInformation? {
    do {
      let headers = try await client.send(request(.HEAD, key), as: dialect).headers
      return information(key, headers, size: try ObjectInformation.size(headers, service: dialect.service))
    } catch ObjectStorageError.notFound {
      return nil
    }
  }

  public func read(_ key: ObjectKey, from offset: Int64) async throws -> ObjectContent {
    var headers = HTTPHeaders()
    if offset > 0 { headers.add(name: "Range", value: "bytes=\(offset)-") }
    let request = self.request(.GET, key, headers: headers)
    return try await allowingEnd(of: key, at: offset) {
      let answer = try await client.open(request, as: dialect)
      return try answer.content(
        information(key, answer.headers, size: try answer.size(from: offset)), from: offset)
    }
  }

  private func information(_ key: ObjectKey, _ headers: HTTPHeaders, size: Int64) -> ObjectInformation {
    ObjectInformation(
      key: key, size: size, tag: headers.first(name: "ETag"),
      modified: headers.first(name: "Last-Modified").flatMap { HTTPDate.parse($0) },
      checksum: ObjectChecksum(md5: headers.first(name: Self.checksumHeader)) ?? S3Tag.checksum(headers, of: address))
  }

  /// Where we keep the MD5 of what is written with one request; rclone has it in the same place.
  static let checksumHeader = "x-amz-meta-md5chksum"
}

/// Entity tags of S3 ("Object", Amazon S3 API Reference): of what was put at once and is not encrypted with a key of KMS, Amazon's
/// are the MD5. Others' often are.
enum S3Tag {
  static func md5(_ tag: String?) -> [UInt8]? {
    guard let tag else { return nil }
    let digits = tag.filter { $0 != "\"" }
    guard digits.utf8.count == 32 else { return nil }
    var bytes: [UInt8] = []
    var rest = digits[...]
    while let byte = UInt8(rest.prefix(2), radix: 16) {
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    return bytes.count == 16 ? bytes : nil
  }

  static func checksum(_ headers: HTTPHeaders, of address: S3Address) -> ObjectChecksum? {
    let encryption = headers.first(name: "x-amz-server-side-encryption") ?? "AES256"
    guard address.isAmazon, encryption == "AES256" else { return nil }
    return md5(headers.first(name: "ETag")).map { .md5($0) }
  }
}
