import NIOCore
import NIOHTTP1

/// One request to a service, before it is signed.
struct ServiceRequest: Sendable {
  var method: HTTPMethod
  var address: ServiceAddress
  /// Below the address, not percent-encoded, with its leading slash; or empty.
  var path: String
  /// A last part of the path in which slashes are percent-encoded too: an object's name for Google's JSON API.
  var lastPart: String?
  /// Not percent-encoded.
  var query: [(name: String, value: String)] = []
  var headers = HTTPHeaders()
  var body: ByteBuffer?
  /// What is asked about, for errors.
  var key: ObjectKey?

  init(
    _ method: HTTPMethod, _ address: ServiceAddress, path: String = "", query: [(name: String, value: String)] = [],
    headers: HTTPHeaders = [:], body: ByteBuffer? = nil, key: ObjectKey? = nil
  ) {
    self.method = method
    self.address = address
    self.path = path
    self.query = query
    self.headers = headers
    self.body = body
    self.key = key
  }

  /// As it is sent: the path from the root.
  var encodedPath: String {
    let encoded =
      PercentEncoding.encode(address.path + path, keepingSlashes: true)
      + (lastPart.map { "/" + PercentEncoding.encode($0) } ?? "")
    return encoded.isEmpty ? "/" : encoded
  }

  var url: String {
    "\(address.isSecure ? "https" : "http")://\(address.authority)\(encodedPath)"
      + (query.isEmpty ? "" : "?" + PercentEncoding.query(query))
  }

  /// A form, as token services take it.
  static func form(_ address: ServiceAddress, path: String = "", _ fields: [(name: String, value: String)]) -> Self {
    ServiceRequest(
      .POST, address, path: path, headers: ["Content-Type": "application/x-www-form-urlencoded"],
      body: ByteBuffer(string: PercentEncoding.query(fields)))
  }
}

/// What came of it, with the body read.
struct ServiceAnswer: Sendable {
  var status: Int
  var headers: HTTPHeaders
  var body: ByteBuffer
}

/// How one service signs its requests and what its refusals mean.
protocol ServiceDialect: Sendable {
  /// For messages: `Azure Blob Storage`.
  var service: String { get }
  /// Proves who we are; asked anew for every try, so that dates and tokens are new.
  func authorize(_ request: inout ServiceRequest) async throws
  /// Says what a refusal means.
  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement
  /// Whether the answer is none that was hoped for.
  func isRefusal(_ answer: ServiceAnswer) -> Bool
}

extension ServiceDialect {
  func isRefusal(_ answer: ServiceAnswer) -> Bool { answer.status >= 300 }
}

/// What is to be done after a refusal.
enum Judgement: Sendable {
  case fail(ObjectStorageError)
  /// Later.
  case wait(String)
  /// At once, but only once: the credential has been renewed, or the address corrected.
  case again(ObjectStorageError)
}
