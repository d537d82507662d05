import AsyncHTTPClient
import Logging
import NIOCore
import NIOHTTP1

extension ServiceClient {
  /// Of an error's body no more is read.
  private static let errorLimit = 64 << 10

  /// Sends a request and reads the whole answer.
  ///
  /// - Parameters:
  ///   - limit: bytes of the answer.
  ///   - policy: instead of the client's own.
  /// - Throws: ``ObjectStorageError``, `CancellationError`.
  func send(
    _ request: ServiceRequest, as dialect: some ServiceDialect, limit: Int = 1 << 20, policy: RetryPolicy? = nil
  ) async throws -> ServiceAnswer {
    try await retrying(request, as: dialect, policy: policy) { [self] signed in
      let answer = try await withTimeLimit(timeLimit(of: signed)) { [self] in
        let response = try await execute(signed)
        return try await read(response, limit: response.status.code < 300 ? limit : nil)
      }
      return dialect.isRefusal(answer) ? .refusal(answer) : .answer(answer)
    }
  }

  /// Sends a request and returns with the beginning of its answer; the body throws
  /// ``ObjectStorageError/unavailable(service:text:)`` where the connection breaks.
  func open(_ request: ServiceRequest, as dialect: some ServiceDialect) async throws -> StreamedAnswer {
    let service = dialect.service
    return try await retrying(request, as: dialect, policy: nil) { [self] signed in
      let response = try await execute(signed)
      guard response.status.code >= 300 else {
        return .answer(
          StreamedAnswer(
            status: Int(response.status.code), headers: response.headers,
            body: ServiceBody(body: response.body, service: service)))
      }
      return .refusal(try await withTimeLimit(limits.idle) { [self] in try await read(response, limit: nil) })
    }
  }

  private func timeLimit(of request: ServiceRequest) -> Duration {
    let bytes = request.body?.readableBytes ?? 0
    return limits.connect + limits.idle + .seconds(bytes / limits.slowestBytesPerSecond)
  }

  private func execute(_ request: ServiceRequest) async throws -> HTTPClientResponse {
    var prepared = HTTPClientRequest(url: request.url)
    prepared.method = request.method
    prepared.headers = request.headers
    prepared.headers.replaceOrAdd(name: "User-Agent", value: "matriarch")
    if let body = request.body {
      let length = body.readableBytes
      prepared.body =
        length > BufferSlices.size
        ? .stream(BufferSlices(buffer: body), length: .known(Int64(length))) : .bytes(body)
    }
    return try await client(for: request.address).execute(
      prepared, deadline: .now() + TimeAmount(timeLimit(of: request)))
  }

  /// - Parameter limit: more bytes than that are an error; nil: an error's body, of which the rest is not looked at.
  private func read(_ response: HTTPClientResponse, limit: Int?) async throws -> ServiceAnswer {
    var all = ByteBuffer()
    for try await var bytes in response.body {
      all.writeBuffer(&bytes)
      if let limit, all.readableBytes > limit { throw AnswerTooLarge(limit: limit) }
      if limit == nil, all.readableBytes > Self.errorLimit { break }
    }
    return ServiceAnswer(status: Int(response.status.code), headers: response.headers, body: all)
  }

  private enum Outcome<Answer> {
    case answer(Answer)
    case refusal(ServiceAnswer)
  }

  private func retrying<Answer>(
    _ request: ServiceRequest, as dialect: some ServiceDialect, policy: RetryPolicy?,
    attempt: (ServiceRequest) async throws -> Outcome<Answer>
  ) async throws -> Answer {
    let policy = policy ?? limits.policy
    let start = ContinuousClock.now
    var failures = 0
    var hasRenewed = false
    while true {
      var signed = request
      try await dialect.authorize(&signed)
      let text: String
      var retryAfter: Duration?
      do {
        switch try await attempt(signed) {
        case .answer(let answer): return answer
        case .refusal(let refusal):
          retryAfter = HTTPDate.retryAfter(refusal.headers.first(name: "Retry-After"), now: HTTPDate.now)
          switch await dialect.judge(refusal, to: signed) {
          case .fail(let error): throw error
          case .again(let error):
            if hasRenewed { throw error }
            hasRenewed = true
            continue
          case .wait(let reason): text = reason
          }
        }
      } catch let error as ObjectStorageError {
        throw error
      } catch {
        text = try fault(error, request: signed, service: dialect.service)
      }
      failures += 1
      guard
        let pause = policy.pause(afterFailures: failures, elapsed: .now - start, retryAfter: retryAfter)
      else { throw ObjectStorageError.unavailable(service: dialect.service, text: text) }
      logger.debug(
        "trying again", metadata: ["service": "\(dialect.service)", "error": "\(text)", "after": "\(pause)"])
      try await Task.sleep(for: pause)
    }
  }

  /// What broke, where trying again may help.
  private func fault(_ error: any Error, request: ServiceRequest, service: String) throws -> String {
    if error is CancellationError || Task.isCancelled { throw CancellationError() }
    if let error = error as? AnswerTooLarge {
      throw ObjectStorageError.failed(service: service, status: 200, text: "the answer exceeds \(error.limit) bytes")
    }
    let fault = TransportFault(error)
    guard fault.isUntrusted else { return fault.text }
    throw ObjectStorageError.invalidAddress(
      request.address.text,
      reason:
        "its certificate is not to be trusted (\(fault.text)); where an authority of your own issued it, give that "
        + "as endpointCA")
  }
}

private struct AnswerTooLarge: Error { let limit: Int }

/// An answer of which the body has not come yet.
struct StreamedAnswer: Sendable {
  let status: Int
  let headers: HTTPHeaders
  let body: ServiceBody
}

/// The body of an answer while it arrives.
struct ServiceBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  let body: HTTPClientResponse.Body
  let service: String

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator(), service: service) }

  struct AsyncIterator: AsyncIteratorProtocol {
    var base: HTTPClientResponse.Body.AsyncIterator
    let service: String

    mutating func next() async throws -> ByteBuffer? {
      do {
        return try await base.next()
      } catch {
        if error is CancellationError || Task.isCancelled { throw CancellationError() }
        throw ObjectStorageError.unavailable(service: service, text: TransportFault(error).text)
      }
    }
  }
}
