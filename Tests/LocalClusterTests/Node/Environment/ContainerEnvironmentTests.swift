import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The variables of a container")
struct ContainerEnvironmentTests {
  let pod = Pod.named("demo-1", in: "demo") {
    $0.metadata.labels = ["role": "primary", "a": "b\"c"]
    $0.spec = .with {
      $0.nodeName = "local-1"
      $0.containers = [
        .with {
          $0.name = "postgres"
          $0.resources = .with { $0.limits = ["cpu": Quantity(milli: 1500)] }
        }
      ]
    }
  }
  let image = LocalImage.postgreSQL(major: 15, directory: "/usr/lib/postgresql/15")

  private func environment(secret: Secret? = nil, map: ConfigMap? = nil) -> ContainerEnvironment {
    ContainerEnvironment(
      fields: PodFields(
        pod: pod, podAddress: "127.64.1.5", hostAddress: "127.64.0.11", allocatable: ["memory": Quantity(64 << 30)]),
      secret: { $0 == secret?.name ? secret : nil }, configMap: { $0 == map?.name ? map : nil },
      apiServer: ("127.64.0.1", 6443))
  }

  private func variables(_ fill: (inout Container) -> Void, secret: Secret? = nil, map: ConfigMap? = nil) throws
    -> [String: String]
  {
    let container = Container.with {
      $0.name = "postgres"
      fill(&$0)
    }
    return try environment(secret: secret, map: map).variables(
      of: container, image: image, user: 26, hostname: "demo-1")
  }

  @Test("begin with the image's, the user's home, and where the API server is")
  func standard() throws {
    let variables = try variables { _ in }
    #expect(variables["PG_MAJOR"] == "15")
    #expect(variables["PATH"]?.hasPrefix("/usr/lib/postgresql/15/bin:") == true)
    #expect(variables["HOME"] == "/var/lib/postgresql")
    #expect(variables["HOSTNAME"] == "demo-1")
    #expect(variables["KUBERNETES_SERVICE_HOST"] == "127.64.0.1")
    #expect(variables["KUBERNETES_SERVICE_PORT"] == "6443")
  }

  @Test("may refer to those before them, not after")
  func references() throws {
    let variables = try variables {
      $0.env = [
        .with {
          $0.name = "A"
          $0.value = "1"
        },
        .with {
          $0.name = "B"
          $0.value = "$(A)$(C)"
        },
        .with {
          $0.name = "C"
          $0.value = "3"
        },
        .with {
          $0.name = "API"
          $0.value = "$(KUBERNETES_SERVICE_HOST)"
        },
      ]
    }
    #expect(variables["B"] == "1$(C)")
    #expect(variables["API"] == "127.64.0.1")
  }

  @Test("come from fields of the pod and resources of the container")
  func fields() throws {
    func field(_ name: String, _ path: String) -> EnvVar {
      .with {
        $0.name = name
        $0.valueFrom = .with { $0.fieldRef = .with { $0.fieldPath = path } }
      }
    }
    func resource(_ name: String, _ path: String, _ divisor: Quantity) -> EnvVar {
      .with {
        $0.name = name
        $0.valueFrom = .with {
          $0.resourceFieldRef = .with {
            $0.resource = path
            $0.divisor = divisor
          }
        }
      }
    }
    let variables = try variables {
      $0.env = [
        field("NAME", "metadata.name"), field("NS", "metadata.namespace"), field("IP", "status.podIP"),
        field("NODE", "spec.nodeName"), field("HOST", "status.hostIP"), field("ROLE", "metadata.labels['role']"),
        field("ALL", "metadata.labels"), resource("CPU", "limits.cpu", Quantity(0)),
        resource("MILLI", "limits.cpu", Quantity(milli: 1)), resource("MEMORY", "limits.memory", Quantity(1 << 20)),
      ]
    }
    #expect(variables["NAME"] == "demo-1")
    #expect(variables["NS"] == "demo")
    #expect(variables["IP"] == "127.64.1.5")
    #expect(variables["NODE"] == "local-1")
    #expect(variables["HOST"] == "127.64.0.11")
    #expect(variables["ROLE"] == "primary")
    #expect(variables["ALL"] == "a=\"b\\\"c\"\nrole=\"primary\"")
    #expect(variables["CPU"] == "2")
    #expect(variables["MILLI"] == "1500")
    #expect(variables["MEMORY"] == "65536")
  }

  @Test("come from Secrets and ConfigMaps, key by key or all at once")
  func objects() throws {
    let secret = Secret.named("s", in: "demo") { $0.data = ["password": "czNjcmV0"] }
    let map = ConfigMap.named("m", in: "demo") { $0.data = ["colour": "grey"] }
    let variables = try variables(
      {
        $0.envFrom = [
          .with {
            $0.prefix = "P_"
            $0.configMapRef = .with { $0.name = "m" }
          }
        ]
        $0.env = [
          .with {
            $0.name = "PASSWORD"
            $0.valueFrom = .with {
              $0.secretKeyRef = .with {
                $0.name = "s"
                $0.key = "password"
              }
            }
          },
          .with {
            $0.name = "ABSENT"
            $0.valueFrom = .with {
              $0.secretKeyRef = .with {
                $0.name = "none"
                $0.key = "x"
                $0.optional = true
              }
            }
          },
        ]
      }, secret: secret, map: map)
    #expect(variables["PASSWORD"] == "s3cret")
    #expect(variables["P_colour"] == "grey")
    #expect(variables["ABSENT"] == nil)
  }

  @Test("are not guessed where an object or a key is missing")
  func missing() throws {
    let variable = EnvVar.with {
      $0.name = "X"
      $0.valueFrom = .with {
        $0.secretKeyRef = .with {
          $0.name = "s"
          $0.key = "nope"
        }
      }
    }
    #expect(throws: ContainerEnvironment.Failure.missing(kind: "Secret", name: "s", namespace: "demo")) {
      try variables { $0.env = [variable] }
    }
    let secret = Secret.named("s", in: "demo")
    #expect(throws: ContainerEnvironment.Failure.missingKey("nope", kind: "Secret", name: "s", namespace: "demo")) {
      try variables({ $0.env = [variable] }, secret: secret)
    }
  }
}
