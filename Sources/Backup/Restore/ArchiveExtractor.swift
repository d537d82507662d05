import Glibc
import NIOCore
import Processes
import Synchronization

/// Unpacks one tar archive into a directory as its bytes arrive, away from the tasks' own threads.
final class ArchiveExtractor: Sendable {
  private let state: Mutex<State>

  init(_ compression: Compression, into directory: String) {
    state = Mutex(State(compression: compression, directory: directory))
  }

  func add(_ bytes: ByteBuffer) async throws {
    try await Blocking.run { try self.state.withLock { try $0.add(bytes) } }
  }

  /// - Returns: how many files there were, with how many bytes.
  func finish() async throws -> (files: Int, bytes: Int64) {
    try await Blocking.run { try self.state.withLock { try $0.finish() } }
  }

  deinit { state.withLock { $0.abandon() } }

  private struct State {
    let compression: Compression
    let directory: String
    var decompressor: Decompressor?
    var reader = TarReader()
    var file: (descriptor: Int32, path: String)?
    var files = 0
    var written: Int64 = 0

    init(compression: Compression, directory: String) {
      self.compression = compression
      self.directory = directory
    }

    mutating func add(_ bytes: ByteBuffer) throws {
      var decompressor = try self.decompressor ?? Decompressor(compression)
      decompressor.feed(bytes)
      while let piece = try decompressor.next() { try unpack(piece) }
      self.decompressor = decompressor
    }

    mutating func finish() throws -> (files: Int, bytes: Int64) {
      var decompressor = try self.decompressor ?? Decompressor(compression)
      while let piece = try decompressor.finish() { try unpack(piece) }
      try reader.finish()
      return (files, written)
    }

    private mutating func unpack(_ bytes: ByteBuffer) throws {
      reader.feed(bytes)
      while let event = try reader.next() {
        switch event {
        case .entry(let entry): try begin(entry)
        case .bytes(let bytes): try write(bytes)
        case .endOfEntry: abandon()
        }
      }
    }

    /// The name leads nowhere else (``TarReader``), and there are no links in the directory that it could lead through.
    private mutating func begin(_ entry: TarEntry) throws {
      let path = entry.name == "." ? directory : "\(directory)/\(entry.name)"
      switch entry.kind {
      case .directory:
        try EmptyDirectory.makeIfMissing(path)
        // What postgres asks of its directories, whatever umask they were packed with.
        guard chmod(path, entry.mode & 0o750 | 0o700) == 0 else { throw SystemError("set the mode of \(path)") }
      case .file:
        let descriptor = try Self.create(path)
        file = (descriptor, path)
        files += 1
        guard fchmod(descriptor, entry.mode & 0o640 | 0o600) == 0 else { throw SystemError("set the mode of \(path)") }
      }
    }

    /// What comes later in the archive replaces what came before, as with every tar program: Barman appends files of the
    /// configuration that lie elsewhere, and may have stored others of their names.
    private static func create(_ path: String) throws -> Int32 {
      let flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC
      var descriptor = open(path, flags, 0o600)
      if descriptor < 0, errno == EEXIST, unlink(path) == 0 { descriptor = open(path, flags, 0o600) }
      guard descriptor >= 0 else { throw SystemError("create \(path)") }
      return descriptor
    }

    private mutating func write(_ bytes: ByteBuffer) throws {
      guard let file else { return }
      var rest = bytes.readableBytesView
      written += Int64(rest.count)
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(file.descriptor, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw SystemError("write \(file.path)") }
        rest = rest.dropFirst(count)
      }
    }

    mutating func abandon() {
      if let file { close(file.descriptor) }
      file = nil
    }
  }
}
