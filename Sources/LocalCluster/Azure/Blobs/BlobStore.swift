import Crypto
import Foundation
import Processes

/// Blobs on this machine: their index and the files they consist of.
struct BlobStore: Sendable {
  let index: BlobIndex
  let files: ContentFiles

  static func indexPath(in directory: String) -> String { "\(directory)/blobs.sqlite" }

  /// Opens or creates the store, and removes what a crash left behind.
  init(directory: String) async throws {
    (index, files) = try await Blocking.run {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      return (
        try BlobIndex(path: Self.indexPath(in: directory)), try ContentFiles(directory: "\(directory)/content")
      )
    }
    try await index.expireBlocks()
    let known = try await index.files()
    try await Blocking.run { [files] in files.sweep(keeping: known) }
  }

  /// Receives a body into a file.
  ///
  /// - Parameters:
  ///   - expected: sums that the client says, in the fields of its request.
  ///   - take: makes the file, which is durable, part of something; the file goes again where it throws.
  func receive<Value: Sendable>(
    _ body: inout BodyReader, expected: ContentSums, wantsMD5: Bool,
    _ take: (ContentWriter.Finished) async throws -> Value
  ) async throws -> Value {
    var writer = try await ContentWriter(in: files, md5: wantsMD5 || expected.md5 != nil, crc64: expected.crc64 != nil)
    let finished: ContentWriter.Finished
    do {
      while let piece = try await body.next() { try await writer.append(piece) }
      finished = try await writer.finish()
    } catch {
      writer.abandon()
      throw error
    }
    do {
      if let md5 = expected.md5, md5 != finished.md5 { throw StorageError.md5Mismatch }
      if let crc64 = expected.crc64, crc64 != finished.crc64 { throw StorageError.crc64Mismatch }
      return try await take(finished)
    } catch {
      await files.remove([finished.name])
      throw error
    }
  }
}

/// What a request says that its body's checksums are.
struct ContentSums: Sendable {
  var md5: [UInt8]?
  var crc64: [UInt8]?

  /// - Throws: 400 for what is no checksum.
  init(_ request: ServiceRequest) throws(StorageError) {
    md5 = try Self.bytes(request, "Content-MD5", count: 16)
    crc64 = try Self.bytes(request, "x-ms-content-crc64", count: 8)
    if request.header("x-ms-structured-body") != nil {
      throw .invalidHeader("x-ms-structured-body", request.header("x-ms-structured-body") ?? "")
    }
  }

  private static func bytes(_ request: ServiceRequest, _ name: String, count: Int) throws(StorageError) -> [UInt8]? {
    guard let text = request.header(name) else { return nil }
    guard let bytes = Data(base64Encoded: text), bytes.count == count else { throw .invalidHeader(name, text) }
    return Array(bytes)
  }
}

extension ContentSums {
  /// - Throws: 400 where a body that is at hand has other sums.
  func check(_ bytes: [UInt8]) throws(StorageError) {
    if let md5, md5 != Array(Insecure.MD5.hash(data: bytes)) { throw .md5Mismatch }
    guard let crc64 else { return }
    var sum = CRC64()
    bytes.withUnsafeBytes { sum.update($0) }
    guard crc64 == sum.bytes else { throw .crc64Mismatch }
  }
}
