import AsyncHTTPClient
import Foundation
import Kubernetes
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Processes
import Testing

@testable import LocalCluster

/// An API server of its own on a free port of 127.0.0.1, its state in a folder that goes away with it.
struct TestServer {
  let server: APIServer
  let store: Store
  let pki: PKI
  let folder: String
  let client: KubernetesClient
  let http: HTTPClient

  static let kubectl: String? = {
    let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map { "\($0)/kubectl" }
    return ([ProcessInfo.processInfo.environment["MATRIARCH_KUBECTL"] ?? ""] + path).first {
      FileManager.default.isExecutableFile(atPath: $0)
    }
  }()

  static func with(_ body: (TestServer) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-api-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    try await run(in: folder, body)
  }

  /// Starts a server on what a folder holds, and stops it.
  static func run(in folder: String, _ body: (TestServer) async throws -> Void) async throws {
    let store = try await Store(path: "\(folder)/store.sqlite", selectableFields: APIServer.selectableFields)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let settings = APIServerSettings(
      address: "127.0.0.1", port: 0, serviceRange: "127.200.0.0/16", pkiDirectory: "\(folder)/pki")
    let server = try await APIServer(settings: settings, store: store, logger: logger)
    let pki = try PKI(directory: "\(folder)/pki")
    try pki.kubeconfig(.admin, server: server.url, context: "test")
      .write(toFile: "\(folder)/kubeconfig", atomically: true, encoding: .utf8)
    let client = try KubernetesClient(ClientConfiguration.kubeconfig(path: "\(folder)/kubeconfig", context: nil))
    let running = Task { try await server.run() }
    let http = try httpClient(pki)
    let test = TestServer(server: server, store: store, pki: pki, folder: folder, client: client, http: http)
    let outcome: Result<Void, any Error>
    do {
      if try await client.find(ServiceAccount.self, "default", in: "default") == nil {
        _ = try await client.create(ServiceAccount.named("default", in: "default"))
      }
      outcome = .success(try await body(test))
    } catch {
      outcome = .failure(error)
    }
    await client.shutdown()
    try await http.shutdown()
    running.cancel()
    _ = await running.result
    try store.close()
    try outcome.get()
  }

  /// Runs kubectl as the administrator.
  ///
  /// - Returns: what it printed; standard error follows standard output.
  @discardableResult
  func kubectl(_ arguments: String..., input: String = "", fails: Bool = false) async throws -> String {
    let program = try #require(Self.kubectl, "kubectl is not installed: run scripts/setup")
    let output = try await Tool.run(
      program, ["--cache-dir=\(folder)/cache"] + arguments,
      environment: ["KUBECONFIG": "\(folder)/kubeconfig", "HOME": folder, "PATH": "/usr/bin:/bin"],
      input: Array(input.utf8), deadline: .seconds(30))
    let text = String(decoding: output.output + output.errorOutput, as: UTF8.self)
    #expect(output.status.isSuccess != fails, "kubectl \(arguments.joined(separator: " ")): \(text)")
    return text
  }

  private static func httpClient(_ pki: PKI) throws -> HTTPClient {
    let identity = try pki.identity(.admin)
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(pki.authorityPEM.utf8)))
    tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(identity.certificatePEM.utf8)).map {
      .certificate($0)
    }
    tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: Array(identity.privateKeyPEM.utf8), format: .pem))
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: .init(tlsConfiguration: tls))
  }

  /// What the server says to a request of the administrator, whatever it is; nobody tries again.
  struct Answer {
    let status: Int
    let warnings: [String]
    let text: String
    var json: JSON { (try? JSON(parsing: text)) ?? .null }
    var message: String { json["message"]?.stringValue ?? text }
    /// The events of a watch.
    var lines: [JSON] { text.split(separator: "\n").compactMap { try? JSON(parsing: String($0)) } }
  }

  func send(
    _ method: String, _ path: String, _ body: String = "", type: String = "application/json"
  ) async throws -> Answer {
    var request = HTTPClientRequest(url: server.url + path)
    request.method = HTTPMethod(rawValue: method)
    request.headers = ["content-type": type]
    if !body.isEmpty { request.body = .bytes(ByteBuffer(string: body)) }
    let response = try await http.execute(request, timeout: .seconds(60))
    let bytes = try await response.body.collect(upTo: 64 << 20)
    return Answer(
      status: Int(response.status.code), warnings: response.headers["warning"], text: String(buffer: bytes))
  }

  func send(_ method: String, _ path: String, _ body: JSON, type: String = "application/json") async throws -> Answer {
    try await send(method, path, body.text, type: type)
  }

  /// A client that shows a token instead of the administrator's certificate.
  func client(token: String) throws -> KubernetesClient {
    try KubernetesClient(
      ClientConfiguration(
        server: server.url, authorityPEM: pki.authorityPEM, credential: .token(token), defaultNamespace: "default"))
  }

  /// The refusal of a request, nil if it succeeded.
  func refusal(
    _ method: String, _ path: String, body: String = "", type: String = "application/json",
    query: [QueryItem] = []
  ) async throws -> APIError? {
    do {
      _ = try await client.request(
        method: method, path: path, query: query, headers: ["content-type": type],
        body: body.isEmpty ? nil : Array(body.utf8))
      return nil
    } catch let error as APIError {
      return error
    }
  }
}
