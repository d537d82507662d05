import Glibc

/// The container's standard output and error: `log` and its predecessors `log.1` (the newest) to `log.4`.
struct ContainerLog {
  enum Stream: Int { case output, error }

  private static let largestFile = 10 << 20
  private static let keptFiles = 4

  private var descriptor: Int32 = -1
  private var size = 0
  private var splitters = [LineSplitter(stream: "stdout"), LineSplitter(stream: "stderr")]
  /// Entries lost since the last one that could be written: a full disk must neither block nor end the container.
  private var lost = 0
  private var reason: Int32 = 0

  init() { open() }

  mutating func append(_ bytes: ArraySlice<UInt8>, from stream: Stream) {
    writeLines(splitters[stream.rawValue].split(bytes, at: timestamp()))
  }

  /// Writes what the container left without an end of line.
  mutating func finish() {
    for stream in [Stream.output, .error] { writeLines(splitters[stream.rawValue].end(at: timestamp())) }
    // No further line will bring it up.
    if lost > 0, write(lossNotice()) { lost = 0 }
  }

  /// In one write for all that was read at once.
  private mutating func writeLines(_ lines: LineSplitter.Lines) {
    guard lines.count > 0 else { return }
    let bytes = lost > 0 ? lossNotice() + lines.bytes : lines.bytes
    if size > 0, size + bytes.count > Self.largestFile { rotate() }
    lost = write(bytes) ? 0 : lost + lines.count
  }

  private func lossNotice() -> [UInt8] {
    Array("\(timestamp()) stderr F matriarch-shim: \(lost) lines were lost: \(errorText(reason))\n".utf8)
  }

  private mutating func write(_ bytes: [UInt8]) -> Bool {
    if descriptor < 0 { open() }
    let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
    if count == bytes.count {
      size += count
      return true
    }
    // A part is written where the disk became full within it.
    reason = count < 0 ? errno : ENOSPC
    // Half a line would be read as a damaged one.
    if count > 0 { ftruncate(descriptor, off_t(size)) }
    return false
  }

  private mutating func open() {
    descriptor = Glibc.open("log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    var status = stat()
    size = descriptor >= 0 && fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  private mutating func rotate() {
    for number in (1..<Self.keptFiles).reversed() { rename("log.\(number)", "log.\(number + 1)") }
    guard rename("log", "log.1") == 0 else { return }
    close(descriptor)
    open()
  }
}
