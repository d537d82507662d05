import Crypto
import NIOCore
import NIOHTTP1
import XMLCoder

extension S3Store {
  /// "Amazon S3 multipart upload limits".
  public var partLimits: PartLimits { PartLimits(minimum: 5 << 20, maximum: 5 << 30, count: 10_000) }

  public func write(_ bytes: ByteBuffer, to key: ObjectKey, options: WriteOptions) async throws {
    let md5 = bytes.md5
    var headers = self.headers(options)
    headers.add(name: "Content-MD5", value: Base64.encode(md5))
    headers.add(name: Self.checksumHeader, value: Base64.encode(md5))
    let answer = try await creatingBucket {
      try await client.send(request(.PUT, key, headers: headers, body: bytes), as: dialect)
    }
    try verify(md5, answer, "Object \(key)")
  }

  public func beginParts(of key: ObjectKey, options: WriteOptions) async throws -> PartedObject {
    let answer = try await creatingBucket {
      try await client.send(request(.POST, key, query: [("uploads", "")], headers: headers(options)), as: dialect)
    }
    struct Begun: Decodable {
      var id: String
      enum CodingKeys: String, CodingKey { case id = "UploadId" }
    }
    guard let begun = try? XMLDecoder().decode(Begun.self, from: answer.body.xml), !begun.id.isEmpty else {
      throw ObjectStorageError.failed(
        service: dialect.service, status: answer.status, text: "the upload was begun without a name")
    }
    return PartedObject(key: key, id: begun.id, options: options)
  }

  public func writePart(_ bytes: ByteBuffer, number: Int, of object: PartedObject) async throws -> WrittenPart {
    let md5 = bytes.md5
    let answer = try await client.send(
      request(
        .PUT, object.key, query: [("partNumber", String(number)), ("uploadId", object.id)],
        headers: ["Content-MD5": Base64.encode(md5)], body: bytes), as: dialect)
    guard let tag = answer.headers.first(name: "ETag") else {
      throw ObjectStorageError.failed(
        service: dialect.service, status: answer.status, text: "part \(number) of \(object.key) was taken without a tag"
      )
    }
    try verify(md5, answer, "Part \(number) of object \(object.key)")
    return WrittenPart(number: number, tag: tag)
  }

  public func completeParts(_ parts: [WrittenPart], of object: PartedObject) async throws {
    let list = parts.map { "<Part><PartNumber>\($0.number)</PartNumber><ETag>\(xmlEscaped($0.tag))</ETag></Part>" }
      .joined()
    let body = ByteBuffer(
      string:
        "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\(list)</CompleteMultipartUpload>")
    do {
      _ = try await client.send(
        request(
          .POST, object.key, query: [("uploadId", object.id)], headers: ["Content-Type": "application/xml"], body: body),
        as: S3Completion(dialect: dialect))
    } catch let error as ObjectStorageError {
      // The first try may have done it although its answer was lost: the upload is gone then, and the object is there.
      guard case .failed = error, let expected = S3Tag.composite(parts),
        try await information(of: object.key)?.tag == expected
      else { throw error }
    }
  }

  public func abandonParts(of object: PartedObject) async throws {
    do {
      _ = try await client.send(request(.DELETE, object.key, query: [("uploadId", object.id)]), as: dialect)
    } catch ObjectStorageError.notFound {
    } catch ObjectStorageError.failed(_, 404, _) {
      // There is none any more.
    }
  }

  private func headers(_ options: WriteOptions) -> HTTPHeaders {
    var headers: HTTPHeaders = ["Content-Type": "application/octet-stream"]
    if !options.tags.isEmpty {
      headers.add(
        name: "x-amz-tagging",
        value: PercentEncoding.query(options.tags.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    }
    if let encryption = options.encryption {
      headers.add(name: "x-amz-server-side-encryption", value: encryption.rawValue)
    }
    return headers
  }

  /// The service compares what it got with what we say; where it tells its own sum we compare too.
  private func verify(_ md5: [UInt8], _ answer: ServiceAnswer, _ subject: String) throws(ObjectStorageError) {
    guard let theirs = S3Tag.checksum(answer.headers, of: address), theirs != .md5(md5) else { return }
    throw .corrupted("\(subject) did not arrive at \(location) as it was sent.")
  }

  private func creatingBucket<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let missing as ObjectStorageError {
      guard case .noBucket = missing else { throw missing }
      let region = dialect.currentRegion
      // The first region must not be named.
      let place =
        region == "us-east-1"
        ? nil
        : ByteBuffer(
          string: "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><LocationConstraint>"
            + "\(xmlEscaped(region))</LocationConstraint></CreateBucketConfiguration>")
      do {
        _ = try await client.send(request(.PUT, body: place), as: dialect)
      } catch ObjectStorageError.failed(_, 409, _) {
        // Somebody else made it.
      } catch ObjectStorageError.refused {
        throw missing
      }
      return try await body()
    }
  }
}

/// Completing an upload takes long, so the answer begins before its end is known: 200 may be an error all the same
/// ("CompleteMultipartUpload", Amazon S3 API Reference).
private struct S3Completion: ServiceDialect {
  let dialect: S3Dialect
  var service: String { dialect.service }

  func authorize(_ request: inout ServiceRequest) async throws { try await dialect.authorize(&request) }

  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement {
    await dialect.judge(answer, to: request)
  }

  func isRefusal(_ answer: ServiceAnswer) -> Bool {
    answer.status >= 300 || String(buffer: answer.body).contains("<Error>")
  }
}

extension S3Tag {
  /// Of an object made of parts: the MD5 of the parts' MD5, and their number.
  static func composite(_ parts: [WrittenPart]) -> String? {
    var sum = Insecure.MD5()
    for part in parts {
      guard let md5 = md5(part.tag) else { return nil }
      sum.update(data: md5)
    }
    return "\"\(sum.finalize().hexadecimal)-\(parts.count)\""
  }
}
