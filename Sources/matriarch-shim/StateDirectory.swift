import CLinux
import Glibc

/// The directory that the node and the shim of a container share; the shim works in it.
struct StateDirectory {
  let path: String

  /// Holds the lock until this process ends, by which the node knows a living shim from a recycled process id.
  func claim() -> Bool {
    let descriptor = open("lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    // Whoever asks whether a shim lives holds the lock himself for a moment.
    for _ in 1...100 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }  // the descriptor stays open: it is the lock
      guard errno == EWOULDBLOCK else { break }
      usleep(10_000)
    }
    close(descriptor)
    return false
  }

  /// The elements of a file in which each ends with NUL.
  func strings(_ name: String) -> [String]? {
    guard let bytes = read(name) else { return nil }
    return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  func read(_ name: String) -> [UInt8]? {
    let descriptor = open(name, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var content: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 16384)
    while true {
      let count = Glibc.read(descriptor, &buffer, buffer.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return count == 0 ? content : nil }
      content.append(contentsOf: buffer[..<count])
    }
  }

  /// A process as `PID START`: the start time (proc(5), field 22 of stat) tells it from a later one with its number.
  func record(_ process: pid_t, in name: String) {
    _ = writeDurably("\(process) \(startTime(of: process) ?? "0")\n", to: name)
  }

  private func startTime(of process: pid_t) -> String? {
    guard let bytes = read("/proc/\(process)/stat") else { return nil }
    // The second field, the program's name in parentheses, may hold anything.
    guard let end = bytes.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = bytes[(end + 1)...].split(separator: UInt8(ascii: " "))
    return fields.count > 19 ? String(decoding: fields[19], as: UTF8.self) : nil
  }

  /// Takes room on the disk for a file that ``writeDurably(_:to:)`` will write, so that a log which fills the disk cannot
  /// keep it from being written.
  func reserve(_ name: String) {
    let descriptor = open("\(name).new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return }
    posix_fallocate(descriptor, 0, 4096)
    close(descriptor)
  }

  /// Replaces a file in one step that survives a power cut.
  func writeDurably(_ text: String, to name: String) -> Bool {
    let scratch = "\(name).new"
    // Not truncated before it is written: it may have been reserved.
    let descriptor = open(scratch, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return false }
    var bytes = Array(text.utf8)[...]
    let length = off_t(bytes.count)
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { break }
      bytes = bytes.dropFirst(count)
    }
    let isWritten = bytes.isEmpty && ftruncate(descriptor, length) == 0 && fsync(descriptor) == 0
    close(descriptor)
    guard isWritten, rename(scratch, name) == 0 else { return false }
    let folder = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(folder) }
    return fsync(folder) == 0
  }

  /// The container's PID 1 as bubblewrap reported it (`{ "child-pid": 42, … }`); nil while the sandbox is set up.
  func containerProcess() -> pid_t? {
    guard let text = read("status").map({ String(decoding: $0, as: UTF8.self) }),
      let name = text.range(of: "\"child-pid\":")
    else { return nil }
    return pid_t(text[name.upperBound...].drop { $0 == " " }.prefix { $0.isNumber })
  }
}

extension String {
  /// Where a text first stands in this one; Foundation's own is not linked.
  fileprivate func range(of other: String) -> Range<Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
      start = index(after: start)
    }
    return nil
  }
}

func errorText(_ code: Int32 = errno) -> String {
  clinux_error_text(code).map { String(cString: $0) } ?? "error \(code)"
}

func complain(_ message: String) {
  let line = Array("matriarch-shim: \(message)\n".utf8)
  _ = write(STDERR_FILENO, line, line.count)
}
