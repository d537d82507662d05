import Foundation
import Kubernetes
import Web

extension ObjectHandler {
  /// `kubectl logs`: the node's answer, passed on.
  func log() async throws(StatusError) -> HTTPResponse {
    guard request.verb == .get || request.verb == .watch else { throw .methodNotAllowed }
    let pod = try scheduledPod()
    let container = try container(of: pod, asked: request.query("container"))
    let passed = ["follow", "tailLines", "limitBytes", "previous", "sinceSeconds", "sinceTime", "timestamps"]
    let query = request.http.query.filter { passed.contains($0.name) }
    let destination = try node(
      of: pod, path: "/containerLogs/\(encoded(pod.namespace))/\(encoded(pod.name))/\(encoded(container))", query: query
    )
    return try await core.nodes.streamFromNode(destination)
  }

  /// `kubectl exec` and `attach`: the WebSocket, passed through byte by byte.
  func stream(_ subresource: String) async throws(StatusError) -> HTTPResponse {
    let upgrade = request.http.headers.first(name: "Upgrade")?.lowercased() ?? ""
    guard upgrade == "websocket" else {
      throw .badRequest(
        "\(subresource) needs a WebSocket, subprotocol v5.channel.k8s.io or v4.channel.k8s.io"
          + (upgrade.hasPrefix("spdy") ? "; SPDY is not served: use kubectl 1.31 or newer" : ""))
    }
    let pod = try scheduledPod()
    let container = try container(of: pod, asked: request.query("container"))
    if subresource == "exec", request.query("command") == nil {
      throw .badRequest("you must specify at least one command for the container")
    }
    let passed = ["command", "stdin", "stdout", "stderr", "tty"]
    let query = request.http.query.filter { passed.contains($0.name) }
    let destination = try node(
      of: pod, path: "/\(subresource)/\(encoded(pod.namespace))/\(encoded(pod.name))/\(encoded(container))",
      query: query)
    return try await core.nodes.tunnel(request.http, to: destination)
  }

  private func scheduledPod() throws(StatusError) -> Pod {
    let name = try name()
    do {
      return try value(try find(name)).decoded(as: Pod.self)
    } catch let error as StatusError {
      throw error
    } catch {
      throw .internalError("pod \(name) could not be read: \(error)")
    }
  }

  /// The container that is meant: the one named, the only one, or the one that the pod's annotation says.
  private func container(of pod: Pod, asked: String?) throws(StatusError) -> String {
    let containers = (pod.spec?.containers ?? []).map(\.name)
    let initial = (pod.spec?.initContainers ?? []).map(\.name)
    if let asked, !asked.isEmpty {
      guard (containers + initial).contains(asked) else {
        throw .badRequest("container \(asked) is not valid for pod \(pod.name)")
      }
      return asked
    }
    if let usual = pod.annotations["kubectl.kubernetes.io/default-container"], containers.contains(usual) {
      return usual
    }
    guard let only = containers.first, containers.count == 1 else {
      throw .badRequest(
        "a container name must be specified for pod \(pod.name), choose one of: [\(containers.joined(separator: " "))]"
          + (initial.isEmpty ? "" : " or one of the init containers: [\(initial.joined(separator: " "))]"))
    }
    return only
  }

  private func node(
    of pod: Pod, path: String, query: [(name: String, value: String)]
  ) throws(StatusError) -> NodeConnector.Destination {
    guard let name = pod.spec?.nodeName, !name.isEmpty else {
      throw .badRequest("pod \(pod.name) does not have a host assigned")
    }
    guard let node = core.find(Node.self, name) else { throw .notFound(Node.resource, name) }
    guard let address = node.status?.addresses?.first(where: { $0.type == "InternalIP" })?.address,
      let port = node.status?.daemonEndpoints?.kubeletEndpoint?.Port, port > 0
    else { throw .unavailable("node \(name) has not said yet where it listens") }
    let text = query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    return NodeConnector.Destination(
      address: address, port: port, isTLS: true, path: text.isEmpty ? path : "\(path)?\(text)")
  }

  private func encoded(_ text: String) -> String {
    let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
    return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
  }

  // MARK: Pod and service proxy

  /// `[scheme:]name[:port]`, how a proxied path names its target.
  private func proxyTarget() throws(StatusError) -> (isTLS: Bool, name: String, port: String) {
    let parts = try name().split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    switch parts.count {
    case 1: return (false, parts[0], "")
    case 2: return (false, parts[0], parts[1])
    case 3 where parts[0] == "http" || parts[0] == "https" || parts[0].isEmpty:
      return (parts[0] == "https", parts[1], parts[2])
    default: throw .badRequest("invalid proxy target \"\(try name())\": write [http:|https:]name[:port]")
    }
  }

  func proxyToPod() async throws(StatusError) -> HTTPResponse {
    let (isTLS, name, port) = try proxyTarget()
    guard let pod = core.find(Pod.self, name, in: namespace) else { throw .notFound(type, name) }
    guard let address = pod.status?.podIP, !address.isEmpty else {
      throw .unavailable("pod \(name) does not have an address yet")
    }
    let ports = (pod.spec?.containers ?? []).flatMap { $0.ports ?? [] }
    let number =
      port.isEmpty ? ports.first?.containerPort ?? 80 : Int(port) ?? ports.first { $0.name == port }?.containerPort
    guard let number else { throw .badRequest("pod \(name) has no port \"\(port)\"") }
    return try await proxy(address, number, isTLS: isTLS)
  }

  func proxyToService() async throws(StatusError) -> HTTPResponse {
    let (isTLS, name, port) = try proxyTarget()
    guard let service = core.find(Service.self, name, in: namespace) else { throw .notFound(type, name) }
    let ports = service.spec?.ports ?? []
    let wanted =
      port.isEmpty && ports.count == 1 ? ports.first : ports.first { $0.name == port || String($0.port) == port }
    guard let wanted else { throw .unavailable("no service port \"\(port)\" found for service \"\(name)\"") }
    guard let endpoint = core.webhooks.endpoints(of: service, wanted).first else {
      throw .unavailable("no endpoints available for service \"\(name)\"")
    }
    return try await proxy(endpoint.address, endpoint.port, isTLS: isTLS)
  }

  private func proxy(_ address: String, _ port: Int, isTLS: Bool) async throws(StatusError) -> HTTPResponse {
    // The rest of the path goes on as it was sent. Before it stand
    // /api/v1/namespaces/NAMESPACE/RESOURCE/NAME/proxy: seven parts.
    var rest = request.http.path[...]
    for _ in 0..<7 {
      rest = rest.drop { $0 == "/" }.drop { $0 != "/" }
    }
    var path = rest.isEmpty ? "/" : String(rest)
    let query = request.http.query.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    if !query.isEmpty { path += "?\(query)" }
    let destination = NodeConnector.Destination(address: address, port: port, isTLS: isTLS, path: path)
    return try await core.nodes.proxy(request.http, body: try await request.body(), to: destination)
  }
}
