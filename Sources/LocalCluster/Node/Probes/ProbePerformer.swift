import AsyncHTTPClient
import Foundation
import Glibc
import Kubernetes
import NIOCore
import NIOPosix
import NIOSSL
import Processes

/// Carries out probes and hooks.
///
/// HTTP connections stay open between probes, so that an idle pod costs no handshakes. Certificates are not verified, as
/// the kubelet does not: a probe asks for life, not for identity.
struct ProbePerformer: Sendable {
  struct Result: Sendable, Equatable {
    var isSuccess: Bool
    var message: String

    static let success = Result(isSuccess: true, message: "")
    static func failure(_ message: String) -> Result { Result(isSuccess: false, message: message) }
  }

  let client: HTTPClient

  /// A client for probes; the caller shuts it down.
  static func makeClient() -> HTTPClient {
    var tls = TLSConfiguration.makeClientConfiguration()
    tls.certificateVerification = .none
    var configuration = HTTPClient.Configuration(tlsConfiguration: tls, redirectConfiguration: .disallow)
    configuration.connectionPool.idleTimeout = .seconds(90)
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 2
    configuration.connectionPool.retryConnectionEstablishment = false
    configuration.httpVersion = .http1Only
    return HTTPClient(eventLoopGroup: NIOSingletons.posixEventLoopGroup, configuration: configuration)
  }

  func perform(_ target: ProbeTarget, timeout: Duration, in directory: ContainerDirectory) async -> Result {
    switch target {
    case .http(let url, let headers): await get(url, headers, timeout: timeout)
    case .tcp(let host, let port): await connect(host, port, timeout: timeout)
    case .command(let command): await run(command, timeout: timeout, in: directory)
    }
  }

  private func get(_ url: String, _ headers: [(name: String, value: String)], timeout: Duration) async -> Result {
    var request = HTTPClientRequest(url: url)
    request.headers.add(name: "User-Agent", value: "kube-probe/1.34")
    request.headers.add(name: "Accept", value: "*/*")
    for (name, value) in headers { request.headers.replaceOrAdd(name: name, value: value) }
    do {
      let response = try await client.execute(request, timeout: TimeAmount(timeout))
      // Read to its end, or the connection cannot be used again.
      _ = try? await response.body.collect(upTo: 64 << 10)
      // A redirect is an answer, therefore a success (kubelet, prober/http).
      if (200..<400).contains(response.status.code) { return .success }
      return .failure("HTTP probe failed with statuscode: \(response.status.code)")
    } catch {
      return .failure("Get \"\(url)\": \(Self.text(of: error))")
    }
  }

  private func connect(_ host: String, _ port: Int, timeout: Duration) async -> Result {
    do {
      let channel = try await ClientBootstrap(group: NIOSingletons.posixEventLoopGroup)
        .connectTimeout(TimeAmount(timeout)).connect(host: host, port: port).get()
      try? await channel.close().get()
      return .success
    } catch {
      return .failure("dial tcp \(host):\(port): \(Self.text(of: error))")
    }
  }

  private func run(_ command: [String], timeout: Duration, in directory: ContainerDirectory) async -> Result {
    do {
      guard let entry = try await Blocking.run({ ContainerEntry(directory) }) else {
        return .failure("the container is not running yet")
      }
      let variables = try MemoryFile.make(Array(entry.script.utf8))
      defer { close(variables) }
      let seconds = max(1, timeout.components.seconds)
      // The limit is set inside the container as well: killing nsenter would leave the command behind.
      let limited = ["/usr/bin/timeout", "--signal=KILL", "\(seconds)"] + command
      let output = try await Tool.run(
        ContainerEntry.nsenter, entry.arguments(limited), environment: ContainerEntry.environment,
        inheritedDescriptors: [(variables, ContainerEntry.variablesDescriptor)], deadline: timeout + .seconds(2))
      if output.status.isSuccess { return .success }
      let text = String(decoding: (output.output + output.errorOutput).prefix(1024), as: UTF8.self)
      return .failure(text.trimmingCharacters(in: .whitespacesAndNewlines))
    } catch {
      return .failure("command \"\(command.joined(separator: " "))\": \(error)")
    }
  }

  /// Short: it becomes an event, and equal failures must have equal texts to be counted together.
  private static func text(of error: any Error) -> String {
    switch error {
    case let error as NIOConnectionError:
      error.connectionErrors.first.map { "\($0.error)" } ?? "connection failed"
    case let error as HTTPClientError: error.shortDescription
    default: "\(error)"
    }
  }
}
