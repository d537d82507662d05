import Glibc

/// What the instance manager said: `done`, `missing`, `failed` or `stop`, and for people why.
struct Answer {
  var verdict: String
  var text: String
}

struct ConversationError: Error {
  var text: String

  init(_ action: String) { text = "\(action): \(String(cString: strerror(errno)))" }
  init(text: String) { self.text = text }
}

/// One question, one answer, each a line.
func ask(_ question: String, at path: String) -> Result<Answer, ConversationError> {
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  guard descriptor >= 0 else { return .failure(ConversationError("socket")) }
  defer { close(descriptor) }
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  let bytes = Array(path.utf8)
  guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
    return .failure(ConversationError(text: "the path \(path) is too long for a socket"))
  }
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
  let isConnected = withUnsafePointer(to: &address) { pointer in
    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) == 0
    }
  }
  guard isConnected else { return .failure(ConversationError("connect to \(path)")) }
  guard send(question, to: descriptor) else { return .failure(ConversationError("ask")) }
  guard let line = readLine(from: descriptor) else { return .failure(ConversationError(text: "it hung up")) }
  let parts = line.split(separator: " ", maxSplits: 1)
  guard let verdict = parts.first else { return .failure(ConversationError(text: "it said nothing")) }
  return .success(Answer(verdict: String(verdict), text: parts.count > 1 ? String(parts[1]) : String(verdict)))
}

private func send(_ text: String, to descriptor: Int32) -> Bool {
  var rest = Array(text.utf8)[...]
  while !rest.isEmpty {
    let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    if count < 0 && errno == EINTR { continue }
    guard count > 0 else { return false }
    rest = rest.dropFirst(count)
  }
  return true
}

/// Up to the line's end; nil where the other side hangs up before that.
private func readLine(from descriptor: Int32) -> String? {
  var line: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 4096)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count < 0 && errno == EINTR { continue }
    guard count > 0, line.count < 1 << 16 else { return nil }
    line += chunk[..<count]
    if let end = line.firstIndex(of: UInt8(ascii: "\n")) { return String(decoding: line[..<end], as: UTF8.self) }
  }
}

/// The reason goes into postgres' log.
func fail(_ text: String) -> Never {
  let line = Array("matriarch-wal: \(text)\n".utf8)
  _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
  exit(1)
}

func endBySignal() -> Never {
  signal(SIGTERM, SIG_DFL)
  raise(SIGTERM)
  exit(1)
}
