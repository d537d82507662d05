import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An object store that fails as a test says: a directory behind as much of S3's REST API as our client speaks. Signatures
/// are not looked at.
final class FaultyStore: Sendable {
  struct Request: Sendable {
    var method: String
    /// Without the bucket; empty for the bucket itself.
    var key: String
    var query: [String: String]
    var headers: HTTPHeaders
    var body: ByteBuffer
  }

  enum Fault: Sendable {
    case status(UInt)
    /// Nothing, until the store is healed; then the connection breaks.
    case silence
    /// It is carried out, and half of the answer's body comes.
    case half
    /// The connection breaks, and nothing was done.
    case reset
  }

  let path: String
  let url: String
  private let core: Core
  private let channel: any Channel

  /// Objects lie below `path`, which is the bucket.
  static func with(_ body: (FaultyStore) async throws -> Void) async throws {
    let core = try Core(root: "/tmp/mi-faulty-\(UUID().uuidString.prefix(6))")
    defer { try? FileManager.default.removeItem(atPath: core.root) }
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Exchange(core))
        }
      }
      .bind(host: "127.77.0.9", port: 0).get()
    let result: Result<Void, any Error>
    do { result = .success(try await body(FaultyStore(core, channel))) } catch { result = .failure(error) }
    core.heal()
    try await channel.close()
    try result.get()
  }

  private init(_ core: Core, _ channel: any Channel) {
    self.core = core
    self.channel = channel
    path = core.bucket
    url = "http://127.77.0.9:\(channel.localAddress?.port ?? 0)"
  }

  /// From now on; each request is asked for its fault.
  func fail(_ fault: @escaping @Sendable (Request) -> Fault?) {
    core.state.withLock {
      $0.fault = fault
      $0.failures = 0
    }
  }

  func heal() { core.heal() }

  /// Requests that failed since ``fail(_:)``.
  var failures: Int { core.state.withLock { $0.failures } }

  fileprivate final class Core: Sendable {
    struct State {
      var fault: (@Sendable (Request) -> Fault?)?
      var failures = 0
      var silent: [any Channel] = []
      var uploads = 0
    }

    let root: String
    let state = Mutex(State())
    var bucket: String { "\(root)/bucket" }

    init(root: String) throws {
      self.root = root
      for name in ["bucket", "uploads"] {
        try FileManager.default.createDirectory(atPath: "\(root)/\(name)", withIntermediateDirectories: true)
      }
    }

    func heal() {
      let silent = state.withLock { state in
        defer { state.silent = [] }
        state.fault = nil
        return state.silent
      }
      for channel in silent { channel.close(promise: nil) }
    }

    func fault(of request: Request) -> Fault? {
      state.withLock { state in
        guard let fault = state.fault?(request) else { return nil }
        state.failures += 1
        return fault
      }
    }
  }
}

extension FaultyStore.Core {
  struct Answer {
    var status: UInt = 200
    var headers: HTTPHeaders = [:]
    var body = ByteBuffer()
  }

  private static func xml(_ text: String) -> Answer { Answer(body: ByteBuffer(string: text)) }
  private static let missing = Answer(
    status: 404, body: ByteBuffer(string: "<Error><Code>NoSuchKey</Code><Message>It is not there.</Message></Error>"))

  func answer(_ request: FaultyStore.Request) throws -> Answer {
    let file = "\(bucket)/\(request.key)"
    switch (request.method, request.query) {
    case ("GET", _) where request.key.isEmpty: return try list(request.query)
    case ("POST", let query) where query["delete"] != nil:
      for part in String(buffer: request.body).components(separatedBy: "<Key>").dropFirst() {
        try? FileManager.default.removeItem(atPath: "\(bucket)/\(part.prefix { $0 != "<" })")
      }
      return Self.xml("<DeleteResult></DeleteResult>")
    case ("POST", let query) where query["uploads"] != nil:
      let number = state.withLock { state in
        state.uploads += 1
        return state.uploads
      }
      try FileManager.default.createDirectory(atPath: "\(root)/uploads/\(number)", withIntermediateDirectories: true)
      return Self.xml(
        "<InitiateMultipartUploadResult><UploadId>\(number)</UploadId></InitiateMultipartUploadResult>")
    case ("PUT", let query) where query["partNumber"] != nil:
      let part = "\(root)/uploads/\(query["uploadId"] ?? "")/\(query["partNumber"] ?? "")"
      try Data(request.body.readableBytesView).write(to: URL(fileURLWithPath: part))
      return Answer(headers: ["ETag": "\"part\(query["partNumber"] ?? "")\""])
    case ("POST", let query) where query["uploadId"] != nil: return try complete(query["uploadId"] ?? "", file)
    case ("PUT", _):
      try write(Data(request.body.readableBytesView), to: file)
      return Answer(headers: ["ETag": "\"whole\""])
    case ("DELETE", let query):
      try? FileManager.default.removeItem(atPath: query["uploadId"].map { "\(root)/uploads/\($0)" } ?? file)
      return Answer(status: 204)
    default: return try read(request, file)
    }
  }

  private func write(_ data: Data, to file: String) throws {
    guard file != "\(bucket)/" else { return }
    let url = URL(fileURLWithPath: file)
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try data.write(to: url, options: .atomic)
  }

  private func complete(_ upload: String, _ file: String) throws -> Answer {
    let parts = try FileManager.default.contentsOfDirectory(atPath: "\(root)/uploads/\(upload)").compactMap { Int($0) }
    var whole = Data()
    for part in parts.sorted() {
      whole += try Data(contentsOf: URL(fileURLWithPath: "\(root)/uploads/\(upload)/\(part)"))
    }
    try write(whole, to: file)
    return Self.xml("<CompleteMultipartUploadResult></CompleteMultipartUploadResult>")
  }

  private func read(_ request: FaultyStore.Request, _ file: String) throws -> Answer {
    guard let data = FileManager.default.contents(atPath: file) else { return Self.missing }
    var answer = Answer(headers: ["ETag": "\"\(data.count)\""])
    let range = request.headers.first(name: "Range")?.dropFirst("bytes=".count).dropLast()
    if let offset = range.flatMap({ Int($0) }), offset < data.count {
      answer.status = 206
      answer.headers.add(name: "Content-Range", value: "bytes \(offset)-\(data.count - 1)/\(data.count)")
      answer.body = ByteBuffer(bytes: data[offset...])
    } else {
      answer.body = ByteBuffer(bytes: data)
    }
    return answer
  }

  private func list(_ query: [String: String]) throws -> Answer {
    let prefix = query["prefix"] ?? ""
    var objects = ""
    var prefixes: Set<String> = []
    let names = FileManager.default.enumerator(atPath: bucket)?.compactMap { $0 as? String } ?? []
    for name in names.sorted() where name.hasPrefix(prefix) {
      let attributes = try? FileManager.default.attributesOfItem(atPath: "\(bucket)/\(name)")
      guard let attributes, attributes[.type] as? FileAttributeType == .typeRegular else { continue }
      if query["delimiter"] != nil, let slash = name.dropFirst(prefix.count).firstIndex(of: "/") {
        prefixes.insert(String(name[...slash]))
      } else {
        objects += "<Contents><Key>\(name)</Key><Size>\(attributes[.size] as? Int ?? 0)</Size></Contents>"
      }
    }
    let folders = prefixes.sorted().map { "<CommonPrefixes><Prefix>\($0)</Prefix></CommonPrefixes>" }.joined()
    return Self.xml("<ListBucketResult><IsTruncated>false</IsTruncated>\(objects)\(folders)</ListBucketResult>")
  }
}

private final class Exchange: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  private let core: FaultyStore.Core
  private var head: HTTPRequestHead?
  private var body = ByteBuffer()

  init(_ core: FaultyStore.Core) { self.core = core }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      self.head = head
      body = ByteBuffer()
    case .body(var bytes): body.writeBuffer(&bytes)
    case .end:
      guard let head else { return }
      answer(request(head), context)
    }
  }

  private func request(_ head: HTTPRequestHead) -> FaultyStore.Request {
    let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = String(parts[0]).removingPercentEncoding ?? ""
    var query: [String: String] = [:]
    for field in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let pair = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      query[String(pair[0])] = pair.count > 1 ? String(pair[1]).removingPercentEncoding : ""
    }
    let key = path.split(separator: "/", omittingEmptySubsequences: true).dropFirst().joined(separator: "/")
    return FaultyStore.Request(
      method: head.method.rawValue, key: key, query: query, headers: head.headers, body: body)
  }

  private func answer(_ request: FaultyStore.Request, _ context: ChannelHandlerContext) {
    var isHalf = false
    switch core.fault(of: request) {
    case .status(let status):
      let text = "<Error><Code>Trouble</Code><Message>This store is in trouble.</Message></Error>"
      return send(.init(status: status, body: ByteBuffer(string: text)), request, context)
    case .silence:
      let channel = context.channel
      return core.state.withLock { $0.silent.append(channel) }
    case .reset: return context.close(promise: nil)
    case .half: isHalf = true
    case nil: break
    }
    do {
      send(try core.answer(request), request, context, isHalf: isHalf)
    } catch {
      send(.init(status: 500, body: ByteBuffer(string: "\(error)")), request, context)
    }
  }

  private func send(
    _ answer: FaultyStore.Core.Answer, _ request: FaultyStore.Request, _ context: ChannelHandlerContext,
    isHalf: Bool = false
  ) {
    var headers = answer.headers
    headers.add(name: "Content-Length", value: String(answer.body.readableBytes))
    context.write(
      wrapOutboundOut(
        .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: Int(answer.status)), headers: headers))),
      promise: nil)
    if isHalf {
      let half = answer.body.getSlice(at: 0, length: answer.body.readableBytes / 2) ?? ByteBuffer()
      if request.method != "HEAD" { context.write(wrapOutboundOut(.body(.byteBuffer(half))), promise: nil) }
      context.flush()
      return context.close(promise: nil)
    }
    if request.method != "HEAD" { context.write(wrapOutboundOut(.body(.byteBuffer(answer.body))), promise: nil) }
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }
}
