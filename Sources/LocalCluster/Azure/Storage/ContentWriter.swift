import Crypto
import Glibc
import NIOCore
import Processes

/// Writes one file of content, piece by piece, with the checksums that somebody wants to know.
///
/// Belongs to one task. A writer that is not finished leaves nothing behind once it is abandoned.
struct ContentWriter {
  let name: String
  private let path: String
  private let descriptor: Int32
  private(set) var size: Int64 = 0
  private var sums: Sums

  struct Sums: Sendable {
    var md5: Insecure.MD5?
    var crc64: CRC64?
  }

  struct Finished: Sendable {
    var name: String
    var size: Int64
    var md5: [UInt8]?
    var crc64: [UInt8]?
  }

  init(in files: ContentFiles, md5: Bool, crc64: Bool) async throws {
    name = ContentFiles.newName()
    path = files.path(name)
    sums = Sums(md5: md5 ? Insecure.MD5() : nil, crc64: crc64 ? CRC64() : nil)
    descriptor = try await Blocking.run { [path] in
      let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else { throw SystemError("create \(path)") }
      return descriptor
    }
  }

  mutating func append(_ piece: ByteBuffer) async throws {
    sums = try await Blocking.run { [sums, descriptor, path, size] in
      var sums = sums
      try piece.withUnsafeReadableBytes { bytes in
        sums.md5?.update(bufferPointer: bytes)
        sums.crc64?.update(bytes)
        var offset = 0
        while offset < bytes.count {
          let count = pwrite(
            descriptor, bytes.baseAddress?.advanced(by: offset), bytes.count - offset, off_t(size) + off_t(offset))
          if count < 0 && errno == EINTR { continue }
          guard count > 0 else { throw SystemError("write \(path)") }
          offset += count
        }
      }
      return sums
    }
    size += Int64(piece.readableBytes)
  }

  /// Makes the file durable, its name included.
  func finish() async throws -> Finished {
    try await Blocking.run { [descriptor, path] in
      guard fsync(descriptor) == 0 else { throw SystemError("flush \(path)") }
      let folder = String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])
      let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard directory >= 0 else { throw SystemError("open \(folder)") }
      defer { close(directory) }
      guard fsync(directory) == 0 else { throw SystemError("flush \(folder)") }
      // Last: a writer whose finishing failed is abandoned, which closes it.
      close(descriptor)
    }
    return Finished(
      name: name, size: size, md5: sums.md5.map { Array($0.finalize()) }, crc64: sums.crc64?.bytes)
  }

  /// Forgets what was written. Not asynchronous, so that it is done by a task that was cancelled too.
  func abandon() {
    close(descriptor)
    unlink(path)
  }
}
