import Kubernetes
import Testing

@testable import LocalCluster

@Suite("What a probe does")
struct ProbeTargetTests {
  let container = Container.with {
    $0.name = "postgres"
    $0.ports = [
      .with {
        $0.name = "status"
        $0.containerPort = 8000
      }
    ]
  }

  @Test("is a request to the pod's address, ports by name or number")
  func http() throws {
    let probe = Probe.with {
      $0.httpGet = .with {
        $0.path = "readyz"
        $0.port = .string("status")
        $0.scheme = "HTTPS"
        $0.httpHeaders = [
          .with {
            $0.name = "X"
            $0.value = "1"
          }
        ]
      }
    }
    #expect(
      try ProbeTarget(probe, container: container, podAddress: "127.64.1.5")
        == .http(url: "https://127.64.1.5:8000/readyz", headers: [("X", "1")]))
  }

  @Test("is a connection or a command")
  func others() throws {
    let tcp = Probe.with { $0.tcpSocket = .with { $0.port = .int(5432) } }
    #expect(try ProbeTarget(tcp, container: container, podAddress: "a") == .tcp(host: "a", port: 5432))
    let command = Probe.with { $0.exec = .with { $0.command = ["true"] } }
    #expect(try ProbeTarget(command, container: container, podAddress: "a") == .command(["true"]))
  }

  @Test("is refused where it names nothing that can be done")
  func refused() {
    #expect(throws: ProbeTarget.Failure.unsupported("grpc")) {
      try ProbeTarget(.with { $0.grpc = .with { $0.port = 1 } }, container: container, podAddress: "a")
    }
    #expect(throws: ProbeTarget.Failure.unknownPort("nope", container: "postgres")) {
      try ProbeTarget(
        .with { $0.tcpSocket = .with { $0.port = .string("nope") } }, container: container, podAddress: "a")
    }
    #expect(throws: ProbeTarget.Failure.empty) { try ProbeTarget(Probe(), container: container, podAddress: "a") }
  }
}
