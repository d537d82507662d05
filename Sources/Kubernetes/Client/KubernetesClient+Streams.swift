import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// The body of an answer that is read while it arrives. Whoever stops reading closes the connection.
public struct StreamedBody: AsyncSequence, Sendable {
  public typealias Element = ByteBuffer
  let body: HTTPClientResponse.Body
  let wrap: @Sendable (any Error) -> any Error

  public struct AsyncIterator: AsyncIteratorProtocol {
    var base: HTTPClientResponse.Body.AsyncIterator
    let wrap: @Sendable (any Error) -> any Error

    /// - Throws: ``TransportError``, `CancellationError`.
    public mutating func next() async throws -> ByteBuffer? {
      do {
        return try await base.next()
      } catch {
        throw wrap(error)
      }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator(), wrap: wrap) }
}

/// The lines of a streamed answer, without their newlines.
public struct StreamedLines: AsyncSequence, Sendable {
  public typealias Element = [UInt8]
  let body: StreamedBody
  let limit: Int

  public struct AsyncIterator: AsyncIteratorProtocol {
    var base: StreamedBody.AsyncIterator
    var splitter: LineSplitter

    public mutating func next() async throws -> [UInt8]? {
      while true {
        if let line = try splitter.next() { return line }
        guard let bytes = try await base.next() else { return splitter.rest() }
        splitter.append(bytes.readableBytesView)
      }
    }
  }

  public func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(base: body.makeAsyncIterator(), splitter: LineSplitter(limit: limit))
  }
}

extension KubernetesClient {
  /// Opens a stream: returns when the server has begun to answer.
  ///
  /// - Parameter deadline: for the beginning of the answer only.
  /// - Throws: ``APIError``, ``TransportError``, `CancellationError`.
  public func stream(
    method: String = "GET", path: String, query: [QueryItem] = [], headers: HTTPHeaders = [:], body: [UInt8]? = nil,
    deadline: Duration? = nil
  ) async throws -> StreamedBody {
    let url = server + path + Self.queryText(query)
    do {
      var mayRefresh = true
      while true {
        let request = try prepare(method: method, url: url, headers: headers, body: body)
        let response = try await streams.execute(request, deadline: .now() + TimeAmount(deadline ?? self.deadline))
        let status = Int(response.status.code)
        guard status >= 400 else {
          let wrap: @Sendable (any Error) -> any Error = { [self] in transportError($0, method: method, path: path) }
          return StreamedBody(body: response.body, wrap: wrap)
        }
        let answer = try await withDeadline(deadline ?? self.deadline) {
          Array(try await response.body.collect(upTo: 1 << 20).readableBytesView)
        }
        if status == 401, mayRefresh, tokens.refresh() {
          mayRefresh = false
          continue
        }
        throw APIError(status: status, body: answer)
      }
    } catch let error as APIError {
      throw error
    } catch let error as ConfigurationError {
      throw error
    } catch {
      throw transportError(error, method: method, path: path)
    }
  }

  /// Opens a stream of lines, each at most `limit` bytes.
  public func streamLines(
    path: String, query: [QueryItem] = [], deadline: Duration? = nil, limit: Int = 64 << 20
  ) async throws -> StreamedLines {
    StreamedLines(body: try await stream(path: path, query: query, deadline: deadline), limit: limit)
  }

  /// The log of a container, line by line.
  ///
  /// - Parameters:
  ///   - container: may be nil if the pod has only one.
  ///   - tail: only so many lines from the end. `previous`: of the container's last life.
  public func log(
    ofPod name: String, in namespace: String? = nil, container: String? = nil, follow: Bool = false, tail: Int? = nil,
    previous: Bool = false, timestamps: Bool = false
  ) async throws -> StreamedLines {
    var query: [QueryItem] = []
    if let container { query.append(("container", container)) }
    if follow { query.append(("follow", "true")) }
    if let tail { query.append(("tailLines", String(tail))) }
    if previous { query.append(("previous", "true")) }
    if timestamps { query.append(("timestamps", "true")) }
    return try await streamLines(path: path(Pod.resource, name, namespace, "log"), query: query)
  }
}

extension TimeAmount {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self = .nanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
  }
}
