import Foundation
import Glibc

/// The files of one container's log, oldest first, read like one. The shim renames `log` to `log.1`, `log.1` to `log.2`
/// and so on, and then begins a new `log`; a file that is open stays readable. Blocks.
struct LogFiles: ~Copyable {
  private let directory: String
  private var descriptor: Int32 = -1
  /// Read, but not a whole record yet.
  private var rest: [UInt8] = []

  /// - Parameter tail: begin so many lines before the end.
  init(_ directory: ContainerDirectory, tail: Int?) {
    self.directory = directory.path
    let files = Self.numbers(in: directory.path)
    guard let tail else {
      if let oldest = files.first { open(oldest, at: 0) }
      return
    }
    var missing = tail
    for (index, file) in files.reversed().enumerated() {
      let found = Self.position(ofLast: missing, in: Self.path(directory.path, file))
      if found.lines >= missing || index == files.count - 1 {
        open(file, at: found.offset)
        return
      }
      missing -= found.lines
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// The next whole records; empty at the present end of the log.
  mutating func next() -> [ArraySlice<UInt8>] {
    while true {
      if descriptor < 0 {
        guard let oldest = Self.numbers(in: directory).first else { return [] }
        open(oldest, at: 0)
        if descriptor < 0 { return [] }
      }
      var buffer = [UInt8](repeating: 0, count: 64 << 10)
      let count = read(descriptor, &buffer, buffer.count)
      if count > 0 {
        rest += buffer[..<count]
        guard let end = rest.lastIndex(of: UInt8(ascii: "\n")) else { continue }
        let records = rest[...end].split(separator: UInt8(ascii: "\n"))
        rest.removeSubrange(...end)
        return records
      }
      guard advance() else { return [] }
    }
  }

  /// Goes to the file that follows the one just read to its end; false if that is still the newest.
  private mutating func advance() -> Bool {
    var own = stat()
    guard fstat(descriptor, &own) == 0 else { return false }
    let files = Self.numbers(in: directory)
    for (index, file) in files.enumerated() {
      var status = stat()
      guard stat(Self.path(directory, file), &status) == 0, status.st_ino == own.st_ino else { continue }
      guard index + 1 < files.count else { return false }
      // Renamed between our reading its end and now: what was written in between comes first.
      if lseek(descriptor, 0, SEEK_CUR) < off_t(status.st_size) { return true }
      open(files[index + 1], at: 0)
      return true
    }
    // Rotated away altogether while we were reading: go on with the oldest there is.
    guard let oldest = files.first else { return false }
    open(oldest, at: 0)
    return true
  }

  private mutating func open(_ file: Int, at offset: Int) {
    if descriptor >= 0 { close(descriptor) }
    rest = []
    descriptor = Glibc.open(Self.path(directory, file), O_RDONLY | O_CLOEXEC)
    if descriptor >= 0 && offset > 0 { lseek(descriptor, off_t(offset), SEEK_SET) }
  }

  /// 0 is `log` itself, n is `log.n`; oldest first.
  private static func numbers(in directory: String) -> [Int] {
    Directories.names(in: directory).compactMap { name in
      name == "log" ? 0 : name.hasPrefix("log.") ? Int(name.dropFirst(4)) : nil
    }.sorted(by: >)
  }

  private static func path(_ directory: String, _ file: Int) -> String {
    file == 0 ? "\(directory)/log" : "\(directory)/log.\(file)"
  }

  /// Where the last `count` records of a file begin, and how many there are of them at most.
  private static func position(ofLast count: Int, in path: String) -> (offset: Int, lines: Int) {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped) else { return (0, 0) }
    return data.withUnsafeBytes { bytes in
      var lines = 0
      // A record without its line end is being written at this moment and will be read when it is whole.
      var index = bytes.count - 1
      while index >= 0 {
        if bytes[index] == UInt8(ascii: "\n") {
          if lines == count { return (index + 1, lines) }
          lines += 1
        }
        index -= 1
      }
      return (0, lines)
    }
  }
}
