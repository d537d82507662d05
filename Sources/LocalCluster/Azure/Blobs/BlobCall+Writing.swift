import Foundation
import NIOHTTP1

extension BlobCall {
  /// One request puts at most so many bytes ("Put Blob", 5000 MiB), and a block has at most so many (4000 MiB).
  private static let mostBlobBytes: Int64 = 5000 << 20
  private static let mostBlockBytes: Int64 = 4000 << 20

  func putBlob(_ body: inout BodyReader) async throws -> ServiceResponse {
    guard let type = request.header("x-ms-blob-type") else { throw StorageError.missingHeader("x-ms-blob-type") }
    switch type {
    case "BlockBlob": break
    case "PageBlob", "AppendBlob": throw StorageError.notImplemented(type)
    default: throw StorageError.invalidHeader("x-ms-blob-type", type)
    }
    _ = try length(atMost: Self.mostBlobBytes)
    let key = try key()
    let sums = try ContentSums(request)
    var details = try details(standard: true)
    // Before a byte is read: what cannot become a blob need not arrive.
    _ = try await store.index.container(key.container, account: key.account)
    try condition()(try await store.index.find(key))
    let (index, condition) = (store.index, condition())
    let (written, obsolete, md5) = try await store.receive(&body, expected: sums, wantsMD5: true) { file in
      let md5 = file.md5.map { Data($0).base64EncodedString() }
      if details.contentMD5 == nil { details.contentMD5 = md5 }
      let (written, obsolete) = try await index.put(
        key, details: details, size: file.size, file: file.name, if: condition)
      return (written, obsolete, md5)
    }
    await store.files.remove(obsolete)
    var headers = Self.version(written)
    if let md5 { headers.add(name: "Content-MD5", value: md5) }
    if let crc64 = sums.crc64 {
      headers.add(name: "x-ms-content-crc64", value: Data(crc64).base64EncodedString())
    }
    return ServiceResponse(201, headers: headers)
  }

  func putBlock(_ body: inout BodyReader) async throws -> ServiceResponse {
    let id = request.query("blockid") ?? ""
    guard let bytes = Data(base64Encoded: id), (1...64).contains(bytes.count) else {
      throw StorageError.invalidQuery("blockid", id)
    }
    guard try length(atMost: Self.mostBlockBytes) > 0 else {
      throw StorageError.invalidHeader("Content-Length", "0")
    }
    let key = try key()
    let sums = try ContentSums(request)
    _ = try await store.index.container(key.container, account: key.account)
    let index = store.index
    let (obsolete, md5) = try await store.receive(&body, expected: sums, wantsMD5: false) { file in
      let block = BlobSegment(blockID: id, size: file.size, file: file.name)
      return (try await index.add(block, to: key), file.md5.map { Data($0).base64EncodedString() })
    }
    await store.files.remove(obsolete)
    var headers: HTTPHeaders = ["x-ms-request-server-encrypted": "true"]
    if let md5 { headers.add(name: "Content-MD5", value: md5) }
    if let crc64 = sums.crc64 {
      headers.add(name: "x-ms-content-crc64", value: Data(crc64).base64EncodedString())
    }
    return ServiceResponse(201, headers: headers)
  }

  /// 50,000 names in base64 and the elements around them.
  private static let mostListBytes = 16 << 20

  func putBlockList(_ body: inout BodyReader) async throws -> ServiceResponse {
    let sums = try ContentSums(request)
    let bytes = try await body.collect(upTo: Self.mostListBytes)
    try sums.check(bytes)
    let blocks = try Self.blocks(of: bytes)
    let (written, obsolete) = try await store.index.commit(
      blocks, of: try key(), details: try details(standard: false), if: condition())
    await store.files.remove(obsolete)
    return ServiceResponse(201, headers: Self.version(written))
  }

  /// - Throws: ``StorageError/invalidXML``.
  static func blocks(of bytes: [UInt8]) throws(StorageError) -> [BlockReference] {
    var blocks: [BlockReference] = []
    for leaf in try StorageXMLReader.leaves(of: bytes) {
      if leaf.path == ["BlockList"] { continue }
      guard leaf.path.count == 2, leaf.path[0] == "BlockList" else { throw .invalidXML }
      let kind: BlockReference.Kind
      switch leaf.path[1] {
      case "Committed": kind = .committed
      case "Uncommitted": kind = .uncommitted
      case "Latest": kind = .latest
      default: throw .invalidXML
      }
      blocks.append(BlockReference(id: leaf.text.trimmingCharacters(in: .whitespacesAndNewlines), kind: kind))
    }
    return blocks
  }

  func deleteBlob() async throws -> ServiceResponse {
    await store.files.remove(try await store.index.delete(try key(), if: condition()))
    return ServiceResponse(202, headers: ["x-ms-delete-type-permanent": "true"])
  }

  private func length(atMost limit: Int64) throws(StorageError) -> Int64 {
    guard let text = request.header("Content-Length") else { throw .missingContentLength }
    guard let length = Int64(text), length >= 0 else { throw .invalidHeader("Content-Length", text) }
    guard length <= limit else { throw .requestBodyTooLarge }
    return length
  }

  /// - Parameter standard: whether the plain fields (`Content-Type`) are about the blob too, as with "Put Blob"; of a block
  ///   list they are about the list.
  private func details(standard: Bool) throws(StorageError) -> BlobDetails {
    func field(_ name: String) -> String? {
      request.header("x-ms-blob-\(name)") ?? (standard ? request.header(name) : nil)
    }
    var details = BlobDetails()
    details.contentType = field("content-type") ?? details.contentType
    details.contentEncoding = field("content-encoding")
    details.contentLanguage = field("content-language")
    details.contentDisposition = request.header("x-ms-blob-content-disposition")
    details.cacheControl = field("cache-control")
    details.contentMD5 = request.header("x-ms-blob-content-md5")
    details.metadata = try metadata()
    details.tier = request.header("x-ms-access-tier")
    if let text = request.header("x-ms-tags") {
      try grant.demandTags()
      guard let tags = PercentText.form(text), ResourceNames.areTags(tags) else { throw .invalidTags }
      details.tags = Dictionary(tags.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
    }
    return details
  }
}
