import Foundation
import NIOCore
import NIOHTTP1

/// What is said of an object when it is written.
private struct GoogleMetadataBody: Encodable {
  var name: String
  var contentType = "application/octet-stream"
  var md5Hash: String?
  var metadata: [String: String]?
}

extension GoogleStore {
  public func write(_ bytes: ByteBuffer, to key: ObjectKey, options: WriteOptions) async throws {
    let md5 = bytes.md5
    // Both in one request, so that the service compares before it stores ("Upload object data in a multipart upload").
    let boundary = "matriarch-\(md5.hexadecimal)"
    var body = ByteBuffer()
    body.reserveCapacity(bytes.readableBytes + 4096)
    body.writeString("--\(boundary)\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n")
    body.writeBytes(try metadata(key, options, md5: md5))
    body.writeString("\r\n--\(boundary)\r\nContent-Type: application/octet-stream\r\n\r\n")
    body.writeImmutableBuffer(bytes)
    body.writeString("\r\n--\(boundary)--")
    let upload = self.upload(
      "multipart", key, contentType: "multipart/related; boundary=\(boundary)", body: body)
    let answer = try await creatingBucket { try await client.send(upload, as: dialect) }
    try await verify(object(answer), md5, key)
  }

  func beginSession(of key: ObjectKey, options: WriteOptions) async throws -> ServiceRequest {
    let body = ByteBuffer(bytes: try metadata(key, options, md5: nil))
    let upload = self.upload("resumable", key, contentType: "application/json; charset=UTF-8", body: body)
    let answer = try await creatingBucket { try await client.send(upload, as: dialect) }
    guard let text = answer.headers.first(name: "Location"),
      // In a query a plus sign is a space.
      let url = URLComponents(string: text.replacingOccurrences(of: "+", with: "%20"))
    else {
      throw ObjectStorageError.failed(
        service: dialect.service, status: answer.status, text: "the upload was begun without an address")
    }
    // Only the session's name is taken from it: the token goes nowhere but to the service.
    let query = (url.queryItems ?? []).map { (name: $0.name, value: $0.value ?? "") }
    return ServiceRequest(.PUT, address, path: url.path, query: query, key: key)
  }

  private func upload(_ type: String, _ key: ObjectKey, contentType: String, body: ByteBuffer) -> ServiceRequest {
    ServiceRequest(
      .POST, address, path: "/upload/storage/v1/b/\(bucket)/o", query: [("uploadType", type)],
      headers: ["Content-Type": contentType], body: body, key: key)
  }

  private func metadata(_ key: ObjectKey, _ options: WriteOptions, md5: [UInt8]?) throws -> Data {
    try JSONEncoder().encode(
      GoogleMetadataBody(
        name: prefix + key.text, md5Hash: md5.map { Base64.encode($0) },
        metadata: options.tags.isEmpty ? nil : options.tags))
  }

  /// Compares what the service says it has with what was sent, and removes what is wrong.
  func verify(_ object: GoogleObject, _ md5: [UInt8], _ key: ObjectKey) async throws {
    guard let theirs = ObjectChecksum(md5: object.md5Hash), theirs != .md5(md5) else { return }
    try await delete([key])
    throw ObjectStorageError.corrupted(
      "Object \(key) did not arrive at \(location) as it was sent; it was removed again.")
  }

  private func creatingBucket<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let error as ObjectStorageError {
      switch error {
      // What is written cannot be missing: it is the bucket.
      case .notFound, .noBucket: break
      default: throw error
      }
      guard let project = dialect.source.project else { throw missing }
      let request = ServiceRequest(
        .POST, address, path: "/storage/v1/b", query: [("project", project)],
        headers: ["Content-Type": "application/json"],
        body: ByteBuffer(bytes: try JSONEncoder().encode(["name": bucket])))
      do {
        _ = try await client.send(request, as: dialect)
      } catch ObjectStorageError.failed(_, 409, _) {
        // Somebody else made it.
      } catch ObjectStorageError.refused {
        throw missing
      }
      return try await body()
    }
  }

  private var missing: ObjectStorageError {
    .noBucket("Bucket \(bucket)", remedy: "Make it, or correct the name in destinationPath.")
  }
}
