import Glibc

/// Plain blocking sockets for tests, with deadlines: what a client and a server that know nothing of the proxy do. Used
/// on threads of their own.
struct TestSocket: Sendable {
  let descriptor: Int32

  struct Failure: Error {
    let call: String
    let code: Int32
  }

  private static func address(_ ip: String, _ port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    inet_pton(AF_INET, ip, &address.sin_addr)
    return address
  }

  private static func check(_ result: Int32, _ call: String) throws {
    if result < 0 { throw Failure(call: call, code: errno) }
  }

  private init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    try Self.check(descriptor, "socket")
    try limit()
  }

  private init(accepted: Int32) throws {
    descriptor = accepted
    try limit()
  }

  private func limit() throws {
    var timeout = timeval(tv_sec: 20, tv_usec: 0)
    for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
      try Self.check(
        setsockopt(descriptor, SOL_SOCKET, option, &timeout, socklen_t(MemoryLayout<timeval>.size)), "setsockopt")
    }
  }

  private func name(_ call: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32)
    -> sockaddr_in
  {
    var address = sockaddr_in()
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    _ = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(descriptor, $0, &length) }
    }
    return address
  }

  private func use(
    _ ip: String, _ port: Int, _ name: String, _ call: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) throws {
    var address = Self.address(ip, port)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        call(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    try Self.check(result, name)
  }

  static func listening(on ip: String, port: Int = 0) throws -> TestSocket {
    let socket = try TestSocket()
    try socket.use(ip, port, "bind", bind)
    try check(listen(socket.descriptor, 16), "listen")
    return socket
  }

  static func connected(to ip: String, port: Int, from source: String = "127.0.0.1") throws -> TestSocket {
    let socket = try TestSocket()
    try socket.use(source, 0, "bind", bind)
    try socket.use(ip, port, "connect", connect)
    return socket
  }

  var port: Int { Int(in_port_t(bigEndian: name(getsockname).sin_port)) }

  var peerAddress: String {
    var address = name(getpeername).sin_addr
    var buffer = [CChar](repeating: 0, count: 32)
    inet_ntop(AF_INET, &address, &buffer, 32)
    return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  func accepted() throws -> TestSocket {
    let connection = accept(descriptor, nil, nil)
    try Self.check(connection, "accept")
    return try TestSocket(accepted: connection)
  }

  func write(_ bytes: [UInt8]) throws {
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      if count < 0 { throw Failure(call: "send", code: errno) }
      sent += count
    }
  }

  func write(_ text: String) throws { try write(Array(text.utf8)) }

  /// Some bytes; none at the end of input.
  func read(atMost limit: Int = 1 << 16) throws -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: limit)
    let count = recv(descriptor, &buffer, limit, 0)
    if count < 0 { throw Failure(call: "recv", code: errno) }
    return Array(buffer[..<count])
  }

  func readToEnd() throws -> [UInt8] {
    var all: [UInt8] = []
    while case let bytes = try read(), !bytes.isEmpty { all += bytes }
    return all
  }

  /// True where the other side has closed or reset the connection without another byte.
  func isCut() throws -> Bool {
    do {
      return try read().isEmpty
    } catch let failure as Failure where failure.code == ECONNRESET {
      return true
    }
  }

  func endOutput() throws { try Self.check(shutdown(descriptor, Int32(SHUT_WR)), "shutdown") }

  func close() { _ = Glibc.close(descriptor) }
}
