import Glibc

/// The container's standard output and error in the CRI format, which `kubectl logs` is served from:
/// `2026-01-02T03:04:05.123456789Z stdout F message`. A line longer than ``longestLine`` is written in parts (`P`).
struct ContainerLog {
  enum Stream: Int { case output, error }

  static let longestLine = 16 << 10
  private static let largestFile = 10 << 20
  private static let keptFiles = 4

  private var descriptor: Int32 = -1
  private var size = 0
  private var unfinished: [[UInt8]] = [[], []]
  /// Lines lost since the last one that could be written: a full disk must neither block nor end the container.
  private var lost = 0

  init() { open() }

  mutating func append(_ bytes: ArraySlice<UInt8>, from stream: Stream) {
    var rest = bytes
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      unfinished[stream.rawValue].append(contentsOf: rest[..<end])
      rest = rest[(end + 1)...]
      flush(stream, isWhole: true)
    }
    unfinished[stream.rawValue].append(contentsOf: rest)
    while unfinished[stream.rawValue].count >= Self.longestLine { flush(stream, isWhole: false) }
  }

  /// Writes what the container left without an end of line.
  mutating func finish() {
    for stream in [Stream.output, .error] where !unfinished[stream.rawValue].isEmpty { flush(stream, isWhole: true) }
  }

  private mutating func flush(_ stream: Stream, isWhole: Bool) {
    while unfinished[stream.rawValue].count > Self.longestLine {
      writeLine(unfinished[stream.rawValue].prefix(Self.longestLine), stream, isWhole: false)
      unfinished[stream.rawValue].removeFirst(Self.longestLine)
    }
    writeLine(unfinished[stream.rawValue][...], stream, isWhole: isWhole)
    unfinished[stream.rawValue].removeAll(keepingCapacity: true)
  }

  private mutating func writeLine(_ text: ArraySlice<UInt8>, _ stream: Stream, isWhole: Bool) {
    var line: [UInt8] = []
    let time = timestamp()
    if lost > 0 { line += Array("\(time) stderr F matriarch-shim: \(lost) lines were lost: the disk was full\n".utf8) }
    line += Array("\(time) \(stream == .output ? "stdout" : "stderr") \(isWhole ? "F" : "P") ".utf8)
    line += text
    line.append(UInt8(ascii: "\n"))
    if size + line.count > Self.largestFile { rotate() }
    if descriptor < 0 { open() }
    let count = line.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    if count == line.count {
      size += count
      lost = 0
      return
    }
    lost += 1
    // Half a line would be read as a damaged one.
    if count > 0 { ftruncate(descriptor, off_t(size)) }
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
