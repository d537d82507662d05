import Glibc
import NIOCore
import PostgreSQL
import Processes

/// Reads a directory as one or more tar archives, piece by piece, and verifies the checksums of the pages that pass.
///
/// The files change while they are read; replay of the write-ahead log repairs that. What matters is that each member has
/// the length its header says: a file that has grown is cut, one that has shrunk is filled up with zeros.
struct ArchiveSource {
  enum Piece {
    case bytes(ByteBuffer)
    /// The archive is as large as one may be: what follows belongs into the next.
    case endOfPart
    case end
  }

  /// Bytes of a piece, about.
  static let pieceSize = 1 << 20
  /// So many damaged pages are named; all are counted.
  private static let namedPages = 20

  private let root: String
  private var walk: DirectoryWalk
  /// Members that come after all others.
  private var last: [String]
  private let limit: Int64
  private let start: UInt64?
  private var file: OpenFile?
  private var length: Int64 = 0
  private var postponed: DirectoryWalk.Member?

  private(set) var files = 0
  private(set) var bytesRead: Int64 = 0
  private(set) var damagedPages: [DamagedPage] = []
  private(set) var damagedCount = 0

  /// - Parameters:
  ///   - last: paths that are read after everything else.
  ///   - limit: bytes of one archive.
  ///   - start: where the backup began; nil verifies nothing.
  init(root: String, walk: DirectoryWalk, last: [String] = [], limit: Int64, start: LSN?) {
    self.root = root
    self.walk = walk
    self.last = last
    self.limit = limit
    self.start = start?.byte
  }

  /// Reads on. The call blocks.
  mutating func next() throws -> Piece {
    var output = ByteBuffer()
    output.reserveCapacity(Self.pieceSize + 2 * Tar.record)
    while output.readableBytes < Self.pieceSize {
      if let open = file {
        try read(open, into: &output)
        continue
      }
      guard let member = try nextMember() else {
        return output.readableBytes > 0 ? piece(output) : .end
      }
      guard try begin(member, into: &output) else {
        postponed = member
        return output.readableBytes > 0 ? piece(output) : .endOfPart
      }
    }
    return piece(output)
  }

  private mutating func piece(_ bytes: ByteBuffer) -> Piece {
    length += Int64(bytes.readableBytes)
    return .bytes(bytes)
  }

  /// Another archive begins.
  mutating func beginPart() { length = 0 }

  /// What ends an archive, after a member that is made here: `backup_label`.
  func end(label: String?) -> ByteBuffer {
    var output = ByteBuffer()
    if let label {
      TarEntry(
        name: "backup_label", kind: .file, size: Int64(label.utf8.count), mode: 0o600, user: getuid(), group: getgid(),
        modified: Int64(time(nil))
      ).writeHeader(into: &output)
      output.writeString(label)
      output.writeRepeatingByte(0, count: Tar.padding(Int64(label.utf8.count)))
    }
    TarEntry.writeEnd(after: length + Int64(output.readableBytes), into: &output)
    return output
  }

  private mutating func nextMember() throws -> DirectoryWalk.Member? {
    if let member = postponed {
      postponed = nil
      return member
    }
    while let member = try walk.next() {
      if !last.contains(member.path) { return member }
    }
    return last.isEmpty ? nil : DirectoryWalk.Member(path: last.removeFirst(), isDirectory: false, isRequired: true)
  }

  /// `.` for the root, `./PG_VERSION` directly below it, `base/1/112` further down.
  static func name(_ path: String, isDirectory: Bool) -> String {
    path.isEmpty ? "." : path.contains("/") || isDirectory ? path : "./\(path)"
  }

  /// - Returns: false where the member does not fit into this archive any more.
  private mutating func begin(_ member: DirectoryWalk.Member, into output: inout ByteBuffer) throws -> Bool {
    let path = member.path.isEmpty ? root : "\(root)/\(member.path)"
    // The root itself may be a link.
    let kind = (member.isDirectory ? O_DIRECTORY : 0) | (member.path.isEmpty ? 0 : O_NOFOLLOW)
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | kind)
    guard descriptor >= 0 else {
      // It was dropped meanwhile. What has to be there never is.
      if !member.isRequired, errno == ENOENT || errno == ELOOP || errno == ENOTDIR { return true }
      throw SystemError("open \(path)")
    }
    var information = stat()
    guard fstat(descriptor, &information) == 0 else {
      let error = SystemError("look at \(path)")
      close(descriptor)
      throw error
    }
    let size = member.isDirectory ? 0 : Int64(information.st_size)
    let soFar = length + Int64(output.readableBytes)
    if soFar > 0, soFar + size > limit {
      close(descriptor)
      return false
    }
    TarEntry(
      name: Self.name(member.path, isDirectory: member.isDirectory), kind: member.isDirectory ? .directory : .file,
      size: size, mode: UInt32(information.st_mode & 0o7777), user: information.st_uid, group: information.st_gid,
      modified: Int64(information.st_mtim.tv_sec)
    ).writeHeader(into: &output)
    guard !member.isDirectory else {
      close(descriptor)
      return true
    }
    files += 1
    file = OpenFile(
      descriptor: descriptor, path: member.path, size: size,
      verifier: start.flatMap { PageVerifier(path: member.path, start: $0) })
    return true
  }

  private mutating func read(_ open: OpenFile, into output: inout ByteBuffer) throws {
    // Whole pages, so that each can be verified.
    let room = max(PageChecksum.pageSize, Self.pieceSize - output.readableBytes) & ~(PageChecksum.pageSize - 1)
    let count = Int(min(Int64(room), open.size - open.offset))
    if count > 0 {
      let begin = output.writerIndex
      try open.read(count, into: &output)
      verify(open, output, from: begin, count: count)
      bytesRead += Int64(count)
      file?.offset += Int64(count)
    }
    if open.offset + Int64(count) >= open.size {
      output.writeRepeatingByte(0, count: Tar.padding(open.size))
      close(open.descriptor)
      file = nil
    }
  }

  private mutating func verify(_ open: OpenFile, _ output: ByteBuffer, from begin: Int, count: Int) {
    guard let verifier = open.verifier else { return }
    var bad: [(block: UInt32, found: UInt16, expected: UInt16)] = []
    output.withUnsafeReadableBytes { all in
      let from = begin - output.readerIndex
      var at = 0
      while at + PageChecksum.pageSize <= count {
        let page = UnsafeRawBufferPointer(rebasing: all[from + at..<from + at + PageChecksum.pageSize])
        let block = UInt32(truncatingIfNeeded: (open.offset + Int64(at)) / Int64(PageChecksum.pageSize))
        if case .bad(let found, let expected) = verifier.verdict(page, block: block),
          // It may have been written just then; what is on disk now counts.
          !open.isGoodNow(block, verifier)
        {
          bad.append((block, found, expected))
        }
        at += PageChecksum.pageSize
      }
    }
    damagedCount += bad.count
    for page in bad where damagedPages.count < Self.namedPages {
      damagedPages.append(
        DamagedPage(file: open.path, block: page.block, found: page.found, expected: page.expected))
    }
  }

  /// Gives back what an interrupted read holds.
  mutating func abandon() {
    if let file { close(file.descriptor) }
    file = nil
  }
}

extension PageVerifier {
  /// Files of databases: `base/OID/…`, `global/…`, and in a tablespace `PG_15_202209061/OID/…`.
  fileprivate init?(path: String, start: UInt64) {
    let parts = path.split(separator: "/")
    guard let name = parts.last else { return nil }
    switch (parts.first, parts.count) {
    case ("global", 2), ("base", 3): break
    case (let first?, 3) where first.hasPrefix("PG_"): break
    default: return nil
    }
    self.init(fileName: name, start: start)
  }
}

/// A file that is being read.
private struct OpenFile {
  let descriptor: Int32
  let path: String
  /// When it was opened.
  let size: Int64
  let verifier: PageVerifier?
  var offset: Int64 = 0

  /// Appends exactly so many bytes: zeros for what is no longer there.
  func read(_ count: Int, into output: inout ByteBuffer) throws {
    var left = count
    while left > 0 {
      var got = 0
      output.writeWithUnsafeMutableBytes(minimumWritableBytes: left) { space in
        got = pread(descriptor, space.baseAddress, left, off_t(offset + Int64(count - left)))
        return max(0, got)
      }
      if got < 0 && errno == EINTR { continue }
      guard got >= 0 else { throw SystemError("read \(path)") }
      if got == 0 { break }
      left -= got
    }
    output.writeRepeatingByte(0, count: left)
  }

  func isGoodNow(_ block: UInt32, _ verifier: PageVerifier) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: PageChecksum.pageSize, alignment: 8) { page in
      let got = pread(descriptor, page.baseAddress, page.count, off_t(block) * off_t(PageChecksum.pageSize))
      // A file that is shorter now has lost the page.
      return got < page.count || verifier.verdict(UnsafeRawBufferPointer(page), block: block) == .good
    }
  }
}
