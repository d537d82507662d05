import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// An answer with a status below 400.
public struct RawResponse: Sendable {
  public let status: Int
  public let headers: HTTPHeaders
  public let body: [UInt8]

  public init(status: Int, headers: HTTPHeaders, body: [UInt8]) {
    self.status = status
    self.headers = headers
    self.body = body
  }

  /// - Throws: ``JSONError``.
  public func json() throws -> JSON { try JSON(parsing: body) }
}

/// A name and value of a URL's query, not yet percent-encoded.
public typealias QueryItem = (name: String, value: String)

extension KubernetesClient {
  /// Larger answers are refused: lists are read in pages, and no object exceeds a few megabytes.
  static let answerLimit = 256 << 20

  /// The untyped floor of everything else: sends a request and reads the whole answer.
  ///
  /// Tries again within the deadline where that is safe: when the server said 429 or 503 with `Retry-After`, when a
  /// token file may have a newer token, and, for reading methods, when a kept-open connection turned out closed.
  ///
  /// - Throws: ``APIError`` for a status of 400 or above, ``TransportError``, ``ConfigurationError``, `CancellationError`.
  public func request(
    method: String = "GET", path: String, query: [QueryItem] = [], headers: HTTPHeaders = [:], body: [UInt8]? = nil,
    deadline: Duration? = nil
  ) async throws -> RawResponse {
    let url = server + path + Self.queryText(query)
    do {
      return try await withDeadline(deadline ?? self.deadline) { [self] in
        var attempt = Attempt(method: method)
        while true {
          do {
            return try await send(method: method, url: url, headers: headers, body: body)
          } catch let refusal as Refusal {
            if refusal.error.isUnauthorized, attempt.mayRefreshToken(), tokens.refresh() { continue }
            guard let pause = attempt.pause(afterRetryAfter: refusal.retryAfter) else { throw refusal.error }
            try await Task.sleep(for: pause)
          } catch let error as HTTPClientError where error == .remoteConnectionClosed {
            guard attempt.mayRepeatAfterLostConnection() else { throw error }
          }
        }
      }
    } catch let error as APIError {
      throw error
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw transportError(error, method: method, path: path)
    }
  }

  /// Cancellation stays cancellation; everything else says what was asked of whom.
  func transportError(_ error: any Error, method: String, path: String) -> any Error {
    if error is CancellationError || Task.isCancelled { return CancellationError() }
    if let error = error as? TransportError { return error }
    return TransportError(error, request: "\(method) \(path)", server: server)
  }

  private struct Refusal: Error {
    let error: APIError
    let retryAfter: Int?
  }

  private func send(method: String, url: String, headers: HTTPHeaders, body: [UInt8]?) async throws -> RawResponse {
    let request = try prepare(method: method, url: url, headers: headers, body: body)
    // The deadline around this call cancels it; AsyncHTTPClient's own ends with the response's head.
    let response = try await requests.execute(request, deadline: .distantFuture)
    let buffer: ByteBuffer
    do {
      buffer = try await response.body.collect(upTo: Self.answerLimit)
    } catch is NIOTooManyBytesError {
      throw TransportError(
        kind: .unreadableAnswer, request: method, server: server, cause: "it exceeds \(Self.answerLimit) bytes")
    }
    let bytes = Array(buffer.readableBytesView)
    let status = Int(response.status.code)
    guard status < 400 else {
      throw Refusal(
        error: APIError(status: status, body: bytes),
        retryAfter: response.headers.first(name: "Retry-After").flatMap { Int($0) })
    }
    logWarnings(response.headers)
    return RawResponse(status: status, headers: response.headers, body: bytes)
  }

  func prepare(method: String, url: String, headers: HTTPHeaders, body: [UInt8]?) throws -> HTTPClientRequest {
    var request = HTTPClientRequest(url: url)
    request.method = HTTPMethod(rawValue: method)
    request.headers = headers
    request.headers.replaceOrAdd(name: "User-Agent", value: userAgent)
    if !request.headers.contains(name: "Accept") { request.headers.add(name: "Accept", value: "application/json") }
    if let token = try tokens.token() { request.headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)") }
    if let body {
      if !request.headers.contains(name: "Content-Type") {
        request.headers.add(name: "Content-Type", value: "application/json")
      }
      request.body = .bytes(ByteBuffer(bytes: body))
    }
    return request
  }

  /// The server's `Warning` headers speak of deprecated or unusual fields in what was written.
  private func logWarnings(_ headers: HTTPHeaders) {
    for warning in headers["Warning"] {
      logger.warning("the API server warns", metadata: ["warning": "\(warning)"])
    }
  }

  static func queryText(_ query: [QueryItem]) -> String {
    guard !query.isEmpty else { return "" }
    return "?"
      + query.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }
      .joined(separator: "&")
  }
}

/// What has been tried for one request.
struct Attempt {
  private let isReading: Bool
  private var refusals = 0
  private var hasRepeated = false
  private var hasRefreshed = false

  init(method: String) { isReading = method == "GET" || method == "HEAD" }

  mutating func mayRepeatAfterLostConnection() -> Bool {
    defer { hasRepeated = true }
    return isReading && !hasRepeated
  }

  mutating func mayRefreshToken() -> Bool {
    defer { hasRefreshed = true }
    return !hasRefreshed
  }

  /// How long to wait before asking again: only where the server said that it did nothing and when to come back.
  mutating func pause(afterRetryAfter seconds: Int?) -> Duration? {
    guard let seconds, refusals < 5 else { return nil }
    refusals += 1
    return .seconds(max(seconds, 1))
  }
}
