import Crypto
import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import Processes

extension BlobCall {
  /// The tier of blobs for which none was chosen.
  static let accountTier = "Hot"
  private static let pieceSize = 1 << 20
  /// Of a range that is no longer than this its MD5 may be asked for.
  private static let mostHashedBytes: Int64 = 4 << 20

  func blobProperties() async throws -> ServiceResponse {
    let blob = try await store.index.blob(try key())
    try Preconditions(request).check(blob)
    return ServiceResponse(200, headers: headers(blob), body: .absent(blob.size))
  }

  func getBlob() async throws -> ServiceResponse {
    let (blob, segments) = try await store.index.content(try key())
    try Preconditions(request).check(blob)
    let range = try ByteRange(request).map { (range) throws(StorageError) in try range.clamped(to: blob.size) }
    let whole = range ?? 0..<blob.size
    let parts = Self.parts(segments, in: whole)
    var headers = headers(blob)
    if let range {
      headers.add(name: "Content-Range", value: "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(blob.size)")
      // Of the whole, which this is not.
      headers.remove(name: "Content-MD5")
      if let md5 = blob.details.contentMD5 { headers.add(name: "x-ms-blob-content-md5", value: md5) }
      if request.header("x-ms-range-get-content-md5")?.lowercased() == "true" {
        guard whole.count <= Self.mostHashedBytes else {
          throw StorageError.invalidHeader("x-ms-range-get-content-md5", "true")
        }
        headers.add(name: "Content-MD5", value: try await md5(parts))
      }
    }
    let store = store
    return ServiceResponse(
      range == nil ? 200 : 206, headers: headers,
      body: .stream(Int64(whole.count)) { writer in
        let names = parts.map(\.file)
        store.files.hold(names)
        do {
          for part in parts { try await Self.send(part, store.files.path(part.file), writer) }
        } catch {
          await store.files.release(names)
          throw error
        }
        await store.files.release(names)
      })
  }

  /// A part of a file that belongs to an answer.
  struct FilePart: Sendable, Equatable {
    var file: String
    var range: Range<Int64>
  }

  /// What of which files a range of a blob is.
  static func parts(_ segments: [BlobSegment], in range: Range<Int64>) -> [FilePart] {
    var parts: [FilePart] = []
    var start: Int64 = 0
    for segment in segments {
      let own = (start..<start + segment.size).clamped(to: range)
      if !own.isEmpty {
        parts.append(FilePart(file: segment.file, range: own.lowerBound - start..<own.upperBound - start))
      }
      start += segment.size
    }
    return parts
  }

  private static func send(_ part: FilePart, _ path: String, _ writer: ServiceWriter) async throws {
    let descriptor = try await Blocking.run {
      let descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw SystemError("open \(path)") }
      return descriptor
    }
    defer { close(descriptor) }
    var offset = part.range.lowerBound
    while offset < part.range.upperBound {
      let piece = try await read(descriptor, offset: offset, end: part.range.upperBound, path)
      offset += Int64(piece.readableBytes)
      try await writer.write(piece)
    }
  }

  private static func read(_ descriptor: Int32, offset: Int64, end: Int64, _ path: String) async throws -> ByteBuffer {
    try await Blocking.run {
      let count = min(pieceSize, Int(end - offset))
      var piece = ByteBufferAllocator().buffer(capacity: count)
      let read = try piece.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
        let read = pread(descriptor, bytes.baseAddress, count, off_t(offset))
        guard read > 0 else { throw SystemError("read \(path)") }
        return read
      }
      guard read > 0 else { throw SystemError("read \(path)") }
      return piece
    }
  }

  private func md5(_ parts: [FilePart]) async throws -> String {
    try await Blocking.run { [files = store.files] in
      var md5 = Insecure.MD5()
      for part in parts {
        let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: files.path(part.file)))
        try file.seek(toOffset: UInt64(part.range.lowerBound))
        md5.update(data: try file.read(upToCount: part.range.count) ?? Data())
        try file.close()
      }
      return Data(md5.finalize()).base64EncodedString()
    }
  }

  private func headers(_ blob: StoredBlob) -> HTTPHeaders {
    let details = blob.details
    var headers: HTTPHeaders = [
      "Last-Modified": AzureDate.header(blob.modified), "ETag": "\"\(blob.tag)\"", "Content-Type": details.contentType,
      "Accept-Ranges": "bytes", "x-ms-creation-time": AzureDate.header(blob.created), "x-ms-blob-type": "BlockBlob",
      "x-ms-lease-status": "unlocked", "x-ms-lease-state": "available", "x-ms-server-encrypted": "true",
      "x-ms-access-tier": details.tier ?? Self.accountTier,
    ]
    if details.tier == nil { headers.add(name: "x-ms-access-tier-inferred", value: "true") }
    let optional = [
      ("Content-Encoding", details.contentEncoding), ("Content-Language", details.contentLanguage),
      ("Content-Disposition", details.contentDisposition), ("Cache-Control", details.cacheControl),
      ("Content-MD5", details.contentMD5),
    ]
    for case (let name, let value?) in optional { headers.add(name: name, value: value) }
    for (name, value) in details.metadata.sorted(by: { $0.key < $1.key }) {
      headers.add(name: "x-ms-meta-\(name)", value: value)
    }
    if !details.tags.isEmpty { headers.add(name: "x-ms-tag-count", value: String(details.tags.count)) }
    return headers
  }

  func blockList() async throws -> ServiceResponse {
    let kind = request.query("blocklisttype")?.lowercased() ?? "committed"
    guard ["committed", "uncommitted", "all"].contains(kind) else {
      throw StorageError.invalidQuery("blocklisttype", kind)
    }
    let (blob, committed, uncommitted) = try await store.index.blocks(of: try key())
    var xml = StorageXML()
    func list(_ name: String, _ blocks: [BlobSegment], _ xml: inout StorageXML) {
      xml.element(name) { xml in
        for block in blocks {
          xml.element("Block") { xml in
            xml.leaf("Name", block.blockID)
            xml.leaf("Size", String(block.size))
          }
        }
      }
    }
    xml.element("BlockList") { xml in
      if kind != "uncommitted" { list("CommittedBlocks", committed, &xml) }
      if kind != "committed" { list("UncommittedBlocks", uncommitted, &xml) }
    }
    var headers: HTTPHeaders = ["x-ms-blob-content-length": String(blob?.size ?? 0)]
    if let blob {
      headers.add(contentsOf: Self.version(WrittenBlob(tag: blob.tag, modified: blob.modified)))
    }
    return .xml(xml.text, headers: headers)
  }
}
