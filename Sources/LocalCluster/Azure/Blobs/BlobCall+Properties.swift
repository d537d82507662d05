import NIOHTTP1

extension BlobCall {
  func blobMetadata() async throws -> ServiceResponse {
    let blob = try await store.index.blob(try key())
    try Preconditions(request).check(blob)
    var headers = Self.version(WrittenBlob(tag: blob.tag, modified: blob.modified))
    for (name, value) in blob.details.metadata.sorted(by: { $0.key < $1.key }) {
      headers.add(name: "x-ms-meta-\(name)", value: value)
    }
    return ServiceResponse(200, headers: headers)
  }

  func setBlobMetadata() async throws -> ServiceResponse {
    let metadata = try metadata()
    let written = try await store.index.change(try key(), isVersion: true, if: condition()) { $0.metadata = metadata }
    return ServiceResponse(200, headers: Self.version(written))
  }

  /// What the request does not name is cleared ("Set Blob Properties").
  func setBlobProperties() async throws -> ServiceResponse {
    let request = request
    let written = try await store.index.change(try key(), isVersion: true, if: condition()) { details in
      details.contentType = request.header("x-ms-blob-content-type") ?? BlobDetails().contentType
      details.contentEncoding = request.header("x-ms-blob-content-encoding")
      details.contentLanguage = request.header("x-ms-blob-content-language")
      details.contentDisposition = request.header("x-ms-blob-content-disposition")
      details.cacheControl = request.header("x-ms-blob-cache-control")
      details.contentMD5 = request.header("x-ms-blob-content-md5")
    }
    return ServiceResponse(200, headers: Self.version(written))
  }

  func blobTags() async throws -> ServiceResponse {
    let blob = try await store.index.blob(try key())
    var xml = StorageXML()
    xml.tags(blob.details.tags)
    return .xml(xml.text)
  }

  private static let mostTagBytes = 64 << 10

  func setBlobTags(_ body: inout BodyReader) async throws -> ServiceResponse {
    let sums = try ContentSums(request)
    let bytes = try await body.collect(upTo: Self.mostTagBytes)
    try sums.check(bytes)
    let tags = try Self.tags(of: bytes)
    _ = try await store.index.change(try key(), isVersion: false, if: { _ in }, { $0.tags = tags })
    return ServiceResponse(204)
  }

  /// - Throws: ``StorageError/invalidXML`` or ``StorageError/invalidTags``.
  static func tags(of bytes: [UInt8]) throws(StorageError) -> [String: String] {
    var tags: [(name: String, value: String)] = []
    var name: String?
    for leaf in try StorageXMLReader.leaves(of: bytes) {
      switch leaf.path {
      case ["Tags", "TagSet", "Tag", "Key"] where name == nil: name = leaf.text
      case ["Tags", "TagSet", "Tag", "Value"]:
        guard let known = name else { throw .invalidXML }
        tags.append((known, leaf.text))
        name = nil
      case ["Tags"], ["Tags", "TagSet"]: continue
      default: throw .invalidXML
      }
    }
    guard name == nil else { throw .invalidXML }
    guard ResourceNames.areTags(tags) else { throw .invalidTags }
    return Dictionary(tags.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
  }

  func setTier() async throws -> ServiceResponse {
    guard let tier = request.header("x-ms-access-tier") else { throw StorageError.missingHeader("x-ms-access-tier") }
    guard ["Hot", "Cool", "Cold"].contains(tier) else { throw StorageError.invalidHeader("x-ms-access-tier", tier) }
    _ = try await store.index.change(try key(), isVersion: false, if: { _ in }, { $0.tier = tier })
    return ServiceResponse(200)
  }
}
