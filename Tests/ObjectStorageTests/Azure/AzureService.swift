import Foundation
import NIOCore
import NIOHTTP1
import Synchronization

@testable import ObjectStorage

/// A small Blob service that judges what it is asked, written from Microsoft's reference of the REST API: it refuses what the
/// real one refuses.
final class AzureService: Sendable {
  struct Blob {
    var content: ByteBuffer
    var tag: String
    var md5: String?
    var tags: String?
  }

  struct State {
    var hasContainer = true
    var blobs: [String: Blob] = [:]
    var blocks: [String: [String: ByteBuffer]] = [:]
    var version = 0
  }

  let state = Mutex(State())
  private let pageSize: Int
  /// Answers instead of the service, where a test wants that.
  private let fault: @Sendable (TestServer.Request) async -> TestServer.Response?

  init(
    pageSize: Int = 5, hasContainer: Bool = true,
    fault: @escaping @Sendable (TestServer.Request) async -> TestServer.Response? = { _ in nil }
  ) {
    self.pageSize = pageSize
    self.fault = fault
    state.withLock { $0.hasContainer = hasContainer }
  }

  func answer(_ request: TestServer.Request) async -> TestServer.Response {
    let response = await fault(request)
    if case .lost = response { _ = carryOut(request) }
    return response ?? carryOut(request)
  }

  private func carryOut(_ request: TestServer.Request) -> TestServer.Response {
    guard request.header("x-ms-version") != nil, request.header("x-ms-date") != nil else {
      return refusal(400, "MissingRequiredHeader")
    }
    guard request.header("Authorization") != nil || request.query["sig"] != nil else {
      return refusal(401, "NoAuthenticationInformation")
    }
    if let md5 = request.header("Content-MD5"), md5 != Base64.encode(request.body.md5) {
      return refusal(400, "Md5Mismatch")
    }
    let parts = request.path.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 3, parts[1] == "acc" else { return refusal(400, "InvalidUri") }
    let names = parts[2].split(separator: "/", maxSplits: 1).map(String.init)
    if names.count == 1 { return container(request) }
    guard state.withLock({ $0.hasContainer }) else { return refusal(404, "ContainerNotFound") }
    return blob(request, names[1])
  }

  private func refusal(_ status: Int, _ code: String) -> TestServer.Response {
    .text(
      status,
      "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>\(code)</Code><Message>Words about \(code).\n"
        + "RequestId:1\nTime:2</Message></Error>", [("x-ms-error-code", code), ("Content-Type", "application/xml")])
  }

  private func container(_ request: TestServer.Request) -> TestServer.Response {
    guard request.query["restype"] == "container" else { return refusal(400, "InvalidQueryParameterValue") }
    if request.method == "PUT" {
      return state.withLock { state in
        if state.hasContainer { return refusal(409, "ContainerAlreadyExists") }
        state.hasContainer = true
        return .text(201, "")
      }
    }
    guard state.withLock({ $0.hasContainer }) else { return refusal(404, "ContainerNotFound") }
    return .text(200, listing(request), [("Content-Type", "application/xml")])
  }

  private func listing(_ request: TestServer.Request) -> String {
    let prefix = request.query["prefix"] ?? ""
    let isFlat = request.query["delimiter"] == nil
    var entries: [(name: String, blob: Blob?)] = []
    for (name, blob) in state.withLock({ $0.blobs }).sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    where name.hasPrefix(prefix) {
      let rest = name.dropFirst(prefix.count)
      if !isFlat, let slash = rest.firstIndex(of: "/") {
        let folder = prefix + rest[...slash]
        if entries.last?.name != folder { entries.append((folder, nil)) }
      } else {
        entries.append((name, blob))
      }
    }
    let start = Int(request.query["marker"] ?? "0") ?? 0
    let page = entries.dropFirst(start).prefix(pageSize)
    let next = start + pageSize < entries.count ? String(start + pageSize) : ""
    let body = page.map { name, blob in
      guard let blob else { return "<BlobPrefix><Name>\(xmlEscaped(name))</Name></BlobPrefix>" }
      return
        "<Blob><Name>\(xmlEscaped(name))</Name><Properties><Last-Modified>\(HTTPDate.text(HTTPDate.now))</Last-Modified>"
        + "<Etag>\(blob.tag)</Etag><Content-Length>\(blob.content.readableBytes)</Content-Length>"
        + "<BlobType>BlockBlob</BlobType></Properties><OrMetadata /></Blob>"
    }.joined()
    return
      "\u{feff}<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ServiceEndpoint=\"x\" ContainerName=\"c\">"
      + "<MaxResults>5</MaxResults><Blobs>\(body)</Blobs><NextMarker>\(next)</NextMarker></EnumerationResults>"
  }

  private func blob(_ request: TestServer.Request, _ name: String) -> TestServer.Response {
    switch (request.method, request.query["comp"]) {
    case ("PUT", nil): put(request, name)
    case ("PUT", "block"): putBlock(request, name)
    case ("PUT", "blocklist"): putBlockList(request, name)
    case ("GET", nil), ("HEAD", nil): get(request, name)
    case ("DELETE", nil):
      state.withLock { $0.blobs.removeValue(forKey: name) == nil } ? refusal(404, "BlobNotFound") : .text(202, "")
    default: refusal(400, "UnsupportedHttpVerb")
    }
  }

  private func store(_ name: String, _ content: ByteBuffer, md5: String?, _ request: TestServer.Request) {
    state.withLock { state in
      state.version += 1
      state.blobs[name] = Blob(
        content: content, tag: "0x\(state.version)", md5: md5, tags: request.header("x-ms-tags"))
      state.blocks[name] = nil
    }
  }

  private func put(_ request: TestServer.Request, _ name: String) -> TestServer.Response {
    guard request.header("x-ms-blob-type") == "BlockBlob", request.header("Content-Length") != nil else {
      return refusal(400, "MissingRequiredHeader")
    }
    let md5 = Base64.encode(request.body.md5)
    store(name, request.body, md5: md5, request)
    return .text(201, "", [("Content-MD5", md5)])
  }

  private func putBlock(_ request: TestServer.Request, _ name: String) -> TestServer.Response {
    guard let id = request.query["blockid"], let bytes = Base64.decode(id), request.body.readableBytes > 0 else {
      return refusal(400, "InvalidBlockId")
    }
    return state.withLock { state in
      let others = state.blocks[name, default: [:]].keys
      guard bytes.count == 5, others.allSatisfy({ $0.count == id.count }) else {
        return refusal(400, "InvalidBlobOrBlock")
      }
      state.blocks[name, default: [:]][id] = request.body
      return .text(201, "", [("Content-MD5", Base64.encode(request.body.md5))])
    }
  }

  private func putBlockList(_ request: TestServer.Request, _ name: String) -> TestServer.Response {
    var content = ByteBuffer()
    let blocks = state.withLock { $0.blocks[name] ?? [:] }
    for part in String(buffer: request.body).components(separatedBy: "<Uncommitted>").dropFirst() {
      guard var block = blocks[String(part.prefix { $0 != "<" })] else { return refusal(400, "InvalidBlockList") }
      content.writeBuffer(&block)
    }
    store(name, content, md5: request.header("x-ms-blob-content-md5"), request)
    return .text(201, "")
  }

  private func get(_ request: TestServer.Request, _ name: String) -> TestServer.Response {
    guard let blob = state.withLock({ $0.blobs[name] }) else { return refusal(404, "BlobNotFound") }
    let size = blob.content.readableBytes
    var headers = [("ETag", "\"\(blob.tag)\""), ("Last-Modified", HTTPDate.text(HTTPDate.now))]
    guard let range = request.header("x-ms-range") ?? request.header("Range") else {
      if let md5 = blob.md5 { headers.append(("Content-MD5", md5)) }
      if request.method == "HEAD" { headers.append(("Content-Length", String(size))) }
      return .answer(200, headers, blob.content)
    }
    guard let start = Int(range.dropFirst("bytes=".count).dropLast()), start < size else {
      return refusal(416, "InvalidRange")
    }
    if let md5 = blob.md5 { headers.append(("x-ms-blob-content-md5", md5)) }
    headers.append(("Content-Range", "bytes \(start)-\(size - 1)/\(size)"))
    return .answer(206, headers, blob.content.getSlice(at: start, length: size - start) ?? ByteBuffer())
  }
}

extension AzureService {
  /// A store at the service, for the time of the body.
  func with(
    path: String = "", credentials: StoreCredentials = .azureKey(account: "acc", key: "YWJj"),
    variables: [String: String] = [:], limits: ServiceClient.Limits = impatient,
    _ body: (AzureStore, TestServer) async throws -> Void
  ) async throws {
    try await TestServer.with {
      await self.answer($0)
    } _: { server in
      let configuration = StoreConfiguration(
        destinationPath: "\(server.url)/acc/container\(path)", credentials: credentials)
      let store = try AzureStore(configuration, variables: variables, limits: limits, logger: quiet)
      try await ObjectStorageTests.with(store) { try await body($0, server) }
    }
  }
}
