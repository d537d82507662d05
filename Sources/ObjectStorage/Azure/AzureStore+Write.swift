import NIOCore
import NIOHTTP1

extension AzureStore {
  /// 64 KiB to 4000 MiB a block, 50,000 blocks ("Scalability targets for Blob storage").
  public var partLimits: PartLimits {
    PartLimits(minimum: 64 << 10, maximum: 4000 << 20, count: 50_000, keepsChecksum: true)
  }

  public func write(_ bytes: ByteBuffer, to key: ObjectKey, options: WriteOptions) async throws {
    let md5 = bytes.md5
    var headers: HTTPHeaders = [
      "x-ms-blob-type": "BlockBlob", "Content-Type": "application/octet-stream", "Content-MD5": Base64.encode(md5),
    ]
    addTags(options, to: &headers)
    let answer = try await creatingContainer {
      try await client.send(request(.PUT, key, headers: headers, body: bytes), as: dialect)
    }
    try verify(md5, answer, "Object \(key)")
  }

  public func beginParts(of key: ObjectKey, options: WriteOptions) async throws -> PartedObject {
    // Blocks may be put without further ado; they belong to the blob's name.
    PartedObject(key: key, id: key.text, options: options)
  }

  public func writePart(_ bytes: ByteBuffer, number: Int, of object: PartedObject) async throws -> WrittenPart {
    let id = try Self.blockID(number)
    let md5 = bytes.md5
    let answer = try await creatingContainer {
      try await client.send(
        request(
          .PUT, object.key, query: [("comp", "block"), ("blockid", id)],
          headers: ["Content-MD5": Base64.encode(md5), "Content-Type": "application/octet-stream"], body: bytes),
        as: dialect)
    }
    try verify(md5, answer, "Part \(number) of object \(object.key)")
    return WrittenPart(number: number, tag: id)
  }

  public func completeParts(_ parts: [WrittenPart], of object: PartedObject) async throws {
    // Not "Latest": where a block of ours is missing, that would take one of the blob that is replaced.
    let blocks = parts.map { "<Uncommitted>\(xmlEscaped($0.tag))</Uncommitted>" }.joined()
    let body = ByteBuffer(string: "<?xml version=\"1.0\" encoding=\"utf-8\"?><BlockList>\(blocks)</BlockList>")
    var headers: HTTPHeaders = [
      "Content-Type": "application/xml", "Content-MD5": Base64.encode(body.md5),
      "x-ms-blob-content-type": "application/octet-stream",
    ]
    if let md5 = object.md5 { headers.add(name: "x-ms-blob-content-md5", value: Base64.encode(md5)) }
    addTags(object.options, to: &headers)
    do {
      _ = try await client.send(
        request(.PUT, object.key, query: [("comp", "blocklist")], headers: headers, body: body), as: dialect)
    } catch let error as ObjectStorageError {
      // The first try may have done it although its answer was lost; its blocks are not uncommitted any more then.
      guard case .failed(_, 400, _) = error, let md5 = object.md5,
        try await information(of: object.key)?.checksum == .md5(md5)
      else { throw error }
    }
  }

  /// There is nothing to do: blocks that no list names are dropped by the service after a week, or when the blob is written.
  /// The only way to drop them sooner makes an empty blob of that name for a moment.
  public func abandonParts(of object: PartedObject) async throws {}

  /// As Barman names them: the number in five digits, and in base64 because the service asks for that.
  static func blockID(_ number: Int) throws(ObjectStorageError) -> String {
    guard (1...50_000).contains(number) else {
      throw .failed(service: "Azure Blob Storage", status: 400, text: "a blob has at most 50000 blocks")
    }
    let digits = String(number)
    return Base64.encode((String(repeating: "0", count: 5 - digits.count) + digits).utf8)
  }

  /// The service compares what it got with what we say; where it tells its own sum we compare too.
  private func verify(_ md5: [UInt8], _ answer: ServiceAnswer, _ subject: String) throws(ObjectStorageError) {
    guard let theirs = ObjectChecksum(md5: answer.headers.first(name: "Content-MD5")), theirs != .md5(md5) else {
      return
    }
    throw .corrupted("\(subject) did not arrive at \(location) as it was sent.")
  }

  private func addTags(_ options: WriteOptions, to headers: inout HTTPHeaders) {
    guard !options.tags.isEmpty else { return }
    headers.add(
      name: "x-ms-tags",
      value: PercentEncoding.query(options.tags.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
  }

  private func creatingContainer<Value>(_ body: () async throws -> Value) async throws -> Value {
    do {
      return try await body()
    } catch let missing as ObjectStorageError {
      guard case .noBucket = missing else { throw missing }
      do {
        _ = try await client.send(request(.PUT, query: [("restype", "container")]), as: dialect)
      } catch ObjectStorageError.failed(_, 409, _) {
        // Somebody else made it.
      } catch ObjectStorageError.refused {
        throw missing
      }
      return try await body()
    }
  }
}
