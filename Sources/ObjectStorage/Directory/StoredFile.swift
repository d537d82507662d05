import Glibc
import NIOCore
import Processes

/// An object's file that is open for reading: what is replaced meanwhile stays readable.
final class StoredFile: Sendable {
  private let descriptor: Int32

  init(_ descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }

  func status(_ key: ObjectKey) throws(SystemError) -> stat {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw SystemError("look at \(key)") }
    return status
  }

  func information(_ key: ObjectKey) throws(SystemError) -> ObjectInformation {
    ObjectInformation(key, try status(key))
  }

  /// - Returns: fewer bytes only at the end.
  func read(from offset: Int64, count: Int) throws(SystemError) -> ByteBuffer {
    var buffer = ByteBufferAllocator().buffer(capacity: count)
    while buffer.readableBytes < count {
      let missing = count - buffer.readableBytes
      let position = off_t(offset) + off_t(buffer.readableBytes)
      var code: Int32 = 0
      let read = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: missing) { space in
        let read = pread(descriptor, space.baseAddress, missing, position)
        code = read < 0 ? errno : 0
        return max(read, 0)
      }
      if code == EINTR { continue }
      guard code == 0 else { throw SystemError("read an object's file", code: code) }
      if read == 0 { break }
    }
    return buffer
  }
}

extension ObjectInformation {
  init(_ key: ObjectKey, _ status: stat) {
    self.init(
      key: key, size: Int64(status.st_size),
      // A rename gives another inode; the time tells reused ones apart.
      tag: "\"\(status.st_ino)-\(status.st_size)-\(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)\"",
      modified: Double(status.st_mtim.tv_sec) + Double(status.st_mtim.tv_nsec) / 1e9)
  }
}

/// A file's content, piece by piece.
struct FileBytes: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  private static let piece = 1 << 20

  let file: StoredFile
  let offset: Int64
  let size: Int64
  let location: String

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(content: self, position: offset) }

  struct AsyncIterator: AsyncIteratorProtocol {
    let content: FileBytes
    var position: Int64

    mutating func next() async throws -> ByteBuffer? {
      let count = Int(Swift.min(Int64(FileBytes.piece), content.size - position))
      guard count > 0 else { return nil }
      let bytes: ByteBuffer
      do {
        bytes = try await Blocking.run { [file = content.file, position] in try file.read(from: position, count: count)
        }
      } catch let error as SystemError {
        throw ObjectStorageError.failed(service: content.location, status: 500, text: error.description)
      }
      guard bytes.readableBytes == count else {
        throw ObjectStorageError.corrupted("A file of \(content.location) became shorter while it was read.")
      }
      position += Int64(count)
      return bytes
    }
  }
}
