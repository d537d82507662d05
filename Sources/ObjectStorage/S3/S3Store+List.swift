import Foundation
import NIOCore
import XMLCoder

extension S3Store {
  public func list(_ prefix: String, isFlat: Bool, after token: String?) async throws -> ObjectListing {
    var query = [
      (name: "list-type", value: "2"), (name: "max-keys", value: "1000"), (name: "encoding-type", value: "url"),
    ]
    let whole = address.prefix + prefix
    if !whole.isEmpty { query.append(("prefix", whole)) }
    if !isFlat { query.append(("delimiter", "/")) }
    if let token { query.append(("continuation-token", token)) }
    let answer = try await client.send(request(.GET, query: query), as: dialect, limit: 32 << 20)
    guard let page = try? XMLDecoder().decode(S3Page.self, from: answer.body.xml) else {
      throw ObjectStorageError.failed(
        service: dialect.service, status: answer.status, text: "the listing cannot be read")
    }
    return page.listing(below: address.prefix, prefix: prefix)
  }

  public func delete(_ keys: [ObjectKey]) async throws {
    for start in stride(from: 0, to: keys.count, by: 1000) {
      let batch = Array(keys[start..<min(start + 1000, keys.count)])
      if batch.count == 1 {
        try await deleteOne(batch[0])
      } else {
        try await delete(batch: batch)
      }
    }
  }

  private func deleteOne(_ key: ObjectKey) async throws {
    do { _ = try await client.send(request(.DELETE, key), as: dialect) } catch ObjectStorageError.notFound {}
  }

  private func delete(batch: [ObjectKey]) async throws {
    let list = batch.map { "<Object><Key>\(xmlEscaped(address.prefix + $0.text))</Key></Object>" }.joined()
    let body = ByteBuffer(
      string: "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>\(list)</Delete>")
    let answer: ServiceAnswer
    do {
      answer = try await client.send(
        request(
          .POST, query: [("delete", "")],
          headers: ["Content-MD5": Base64.encode(body.md5), "Content-Type": "application/xml"], body: body),
        as: dialect, limit: 8 << 20)
    } catch ObjectStorageError.failed(_, let status, _) where [400, 405, 501].contains(status) {
      // Not every service has it.
      try await inParallel(batch, limit: 16) { [self] in try await deleteOne($0) }
      return
    }
    let errors = (try? XMLDecoder().decode(S3Deletion.self, from: answer.body.xml))?.errors ?? []
    if let error = errors.first(where: { $0.code != "NoSuchKey" }) {
      throw ObjectStorageError.failed(
        service: dialect.service, status: 200,
        text:
          "\(errors.count) of \(batch.count) objects were not removed, first \(error.key ?? ""): \(error.code ?? "") "
          + "\(error.message ?? "")")
    }
  }
}

/// A page of "ListObjectsV2".
struct S3Page: Decodable {
  struct Object: Decodable {
    var key: String
    var size: Int64
    var tag: String?
    var modified: String?

    enum CodingKeys: String, CodingKey {
      case key = "Key"
      case size = "Size"
      case tag = "ETag"
      case modified = "LastModified"
    }
  }

  struct Prefix: Decodable {
    var prefix: String
    enum CodingKeys: String, CodingKey { case prefix = "Prefix" }
  }

  var objects: [Object]?
  var prefixes: [Prefix]?
  var next: String?
  var isTruncated: Bool?
  var encoding: String?

  enum CodingKeys: String, CodingKey {
    case objects = "Contents"
    case prefixes = "CommonPrefixes"
    case next = "NextContinuationToken"
    case isTruncated = "IsTruncated"
    case encoding = "EncodingType"
  }

  /// Names that are no plain paths are none of ours: they are left out.
  func listing(below root: String, prefix: String) -> ObjectListing {
    var listing = ObjectListing()
    for object in objects ?? [] {
      guard let key = ListedName.key(decoded(object.key), root: root, prefix: prefix) else { continue }
      listing.objects.append(
        ObjectInformation(
          key: key, size: object.size, tag: object.tag.map(ListedName.quoted),
          modified: object.modified.flatMap { HTTPDate.parseISO($0) }))
    }
    listing.prefixes = (prefixes ?? []).compactMap { ListedName.prefix(decoded($0.prefix), root: root, prefix: prefix) }
    if isTruncated == true, let next, !next.isEmpty { listing.next = next }
    return listing
  }

  /// As a form is encoded, where the service says that it did so: a space is a plus sign.
  private func decoded(_ name: String) -> String {
    guard encoding == "url" else { return name }
    return name.replacingOccurrences(of: "+", with: " ").removingPercentEncoding ?? name
  }
}

/// The answer to "DeleteObjects".
private struct S3Deletion: Decodable {
  struct Failure: Decodable {
    var key: String?
    var code: String?
    var message: String?

    enum CodingKeys: String, CodingKey {
      case key = "Key"
      case code = "Code"
      case message = "Message"
    }
  }

  var errors: [Failure]?
  enum CodingKeys: String, CodingKey { case errors = "Error" }
}
