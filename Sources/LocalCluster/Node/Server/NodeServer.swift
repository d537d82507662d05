import Foundation
import Kubernetes
import Logging
import NIOHTTP1
import Web

/// The node's HTTPS endpoint, for the API server: logs, and commands in containers.
struct NodeServer: Sendable {
  let pods: PodManager
  let runtime: ContainerRuntime
  let logger: Logger

  /// Only the API server's own client certificate, or an administrator's: this endpoint knows no finer rights.
  static let requiredOrganization = "system:masters"

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    guard request.clientCertificate?.organizations.contains(Self.requiredOrganization) == true else {
      return .text(
        "Forbidden: the client certificate must be of the organization \(Self.requiredOrganization)\n", status: 403)
    }
    let segments = request.segments
    switch (request.method, segments.first, segments.count) {
    case ("GET", "healthz", 1):
      guard await pods.hasReported else { return .text("the pods found here are not reported yet\n", status: 503) }
      return .text("ok")
    case ("GET", "containerLogs", 4):
      return await logs(request, namespace: segments[1], pod: segments[2], container: segments[3])
    case (_, "exec", 4):
      return await exec(request, namespace: segments[1], pod: segments[2], container: segments[3])
    case (_, "attach", _), (_, "portForward", _), (_, "run", _):
      return .text("\(segments[0]) is not supported by nodes whose pods are processes; use exec\n", status: 501)
    default:
      return .text("there is nothing at \(request.path)\n", status: 404)
    }
  }

  private func logs(_ request: HTTPRequest, namespace: String, pod: String, container: String) async -> HTTPResponse {
    do {
      let query = try LogQuery { request.query($0) }
      let directory = try await pods.logDirectory(
        namespace: namespace, pod: pod, container: container, previous: query.previous)
      let stream = LogStream(directory: directory, query: query, runtime: runtime)
      return HTTPResponse(
        headers: ["content-type": "text/plain; charset=utf-8"], body: .stream { try await stream.send(to: $0) })
    } catch let error as LogQuery.Failure {
      return .text("\(error)", status: 400)
    } catch let error as PodManager.Failure {
      return .text("\(error)", status: error.status)
    } catch {
      return .text("\(error)", status: 500)
    }
  }

  private func exec(_ request: HTTPRequest, namespace: String, pod: String, container: String) async -> HTTPResponse {
    guard request.headers["upgrade"].contains(where: { $0.lowercased() == "websocket" }) else {
      return .text(
        "exec is served over WebSocket only (\(ExecProtocol.v5.rawValue)), not over SPDY: use kubectl 1.31 or newer\n",
        status: 400)
    }
    guard let version = ExecProtocol.negotiate(request.webSocketSubprotocols) else {
      let known = ExecProtocol.allCases.map(\.rawValue).joined(separator: ", ")
      return .text("none of the subprotocols offered is known; known are: \(known)\n", status: 400)
    }
    guard let command = ExecRequest(request.query) else {
      return .text("you must specify at least 1 command for the container\n", status: 400)
    }
    do {
      let directory = try await pods.runningDirectory(namespace: namespace, pod: pod, container: container)
      let session = ExecSession(directory: directory, request: command)
      return HTTPResponse(
        body: .webSocket(subprotocol: version.rawValue) { connection in
          let messages = try connection.messages.prefix { message in
            if case .close = message { false } else { true }
          }.map { message in
            switch message {
            case .binary(let bytes): version.message(bytes)
            // Python's client sends text as text: the channel is its first character all the same.
            case .text(let text): version.message(Array(text.utf8))
            default: ExecProtocol.Message.meaningless
            }
          }
          try await session.run(
            messages: messages,
            send: { channel, bytes in try await connection.send(binary: [channel.rawValue] + bytes) },
            close: { try await connection.close(code: 1000) })
        })
    } catch {
      return .text("\(error)", status: error.status)
    }
  }
}
