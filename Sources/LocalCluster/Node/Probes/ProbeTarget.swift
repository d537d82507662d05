import Kubernetes

/// What a probe or a hook does, all names resolved.
enum ProbeTarget: Sendable, Equatable {
  case http(url: String, headers: [(name: String, value: String)])
  case tcp(host: String, port: Int)
  case command([String])

  /// Why a probe cannot be carried out.
  enum Failure: Error, Equatable, CustomStringConvertible {
    case unknownPort(String, container: String)
    case unsupported(String)
    case empty

    var description: String {
      switch self {
      case .unknownPort(let name, let container):
        "the container \"\(container)\" has no port named \"\(name)\"; add it to its ports or give the number"
      case .unsupported(let kind): "probes of the kind \(kind) are not supported here; use httpGet, tcpSocket or exec"
      case .empty: "the probe names no action; give one of httpGet, tcpSocket, exec"
      }
    }
  }

  init(_ probe: Probe, container: Container, podAddress: String) throws(Failure) {
    if probe.grpc != nil { throw .unsupported("grpc") }
    try self.init(
      exec: probe.exec, http: probe.httpGet, tcp: probe.tcpSocket, container: container, podAddress: podAddress)
  }

  init(
    exec: ExecAction?, http: HTTPGetAction?, tcp: TCPSocketAction?, container: Container, podAddress: String
  ) throws(Failure) {
    if let http {
      let port = try Self.port(http.port, of: container)
      let host = http.host.flatMap { $0.isEmpty ? nil : $0 } ?? podAddress
      let path = http.path.hasPrefix("/") ? http.path : "/" + http.path
      self = .http(
        url: "\(http.scheme.lowercased())://\(host):\(port)\(path)",
        headers: (http.httpHeaders ?? []).map { ($0.name, $0.value) })
    } else if let tcp {
      let host = tcp.host.flatMap { $0.isEmpty ? nil : $0 } ?? podAddress
      self = .tcp(host: host, port: try Self.port(tcp.port, of: container))
    } else if let command = exec?.command, !command.isEmpty {
      self = .command(command)
    } else {
      throw .empty
    }
  }

  private static func port(_ port: IntOrString, of container: Container) throws(Failure) -> Int {
    switch port {
    case .int(let number): return number
    case .string(let name):
      if let number = Int(name) { return number }
      guard let named = container.ports?.first(where: { $0.name == name }) else {
        throw .unknownPort(name, container: container.name)
      }
      return named.containerPort
    }
  }

  static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.http(let url, let headers), .http(let otherURL, let otherHeaders)):
      url == otherURL && headers.elementsEqual(otherHeaders) { $0 == $1 }
    case (.tcp(let host, let port), .tcp(let otherHost, let otherPort)): host == otherHost && port == otherPort
    case (.command(let command), .command(let other)): command == other
    default: false
    }
  }
}
