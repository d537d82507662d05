import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("What the reference cluster is turned into")
struct BlueprintTests {
  @Test("three services, each with its selector")
  func services() throws {
    let services = try blueprint().services
    #expect(services.map(\.name).sorted() == ["demo-r", "demo-ro", "demo-rw"])
    let readWrite = try #require(services.first { $0.name == "demo-rw" })
    #expect(readWrite.spec?.selector == ["cnpg.io/cluster": "demo", "cnpg.io/instanceRole": "primary"])
    let read = try #require(services.first { $0.name == "demo-r" })
    #expect(read.spec?.selector == ["cnpg.io/cluster": "demo", "cnpg.io/podRole": "instance"])
  }

  @Test("a managed service keeps the user's ports and type; the selector is ours")
  func managedService() throws {
    let services = try blueprint {
      $0.spec.managed = .with {
        $0.services = .with {
          $0.disabledDefaultServices = [.r, .ro]
          $0.additional = [
            .with {
              $0.selectorType = .ro
              $0.serviceTemplate = .with {
                $0.metadata = .with { $0.name = "reporting" }
                $0.spec = .with { $0.type = "LoadBalancer" }
              }
            }
          ]
        }
      }
    }.services
    #expect(services.map(\.name).sorted() == ["demo-rw", "reporting"])
    let reporting = try #require(services.first { $0.name == "reporting" })
    #expect(reporting.spec?.type == "LoadBalancer")
    #expect(reporting.spec?.selector?["cnpg.io/instanceRole"] == "replica")
    #expect(reporting.spec?.ports?.map(\.port) == [5432])
    #expect(reporting.labels["cnpg.io/isManaged"] == "true")
  }

  @Test("everything carries the cluster's label, its owner and the inherited metadata")
  func metadata() throws {
    let blueprint = try blueprint()
    let pod = blueprint.pod(blueprint.instance(1))
    #expect(pod.labels["cnpg.io/cluster"] == "demo")
    #expect(pod.labels["azure.workload.identity/use"] == "true")
    #expect(pod.annotations["service.beta.kubernetes.io/azure-dns-label-name"] == "demo")
    #expect(pod.metadata.ownerReferences?.first?.uid == "cluster-uid")
    #expect(pod.metadata.ownerReferences?.first?.controller == true)
  }

  @Test("certificates' Secrets carry no inherited metadata")
  func certificateSecrets() throws {
    let secret = try blueprint().certificateSecret("demo-ca", type: "Opaque", data: [:])
    #expect(secret.labels == ["app.kubernetes.io/managed-by": "cloudnative-pg"])
    #expect(secret.metadata.annotations == nil)
  }

  @Test("the pod: volumes, mounts, environment in order, an unprivileged user")
  func pod() throws {
    let blueprint = try blueprint()
    let spec = blueprint.podSpec(blueprint.instance(2))
    #expect(spec.containers.map(\.name) == ["postgres"])
    let container = try #require(spec.containers.first)
    #expect(
      container.env?.map(\.name) == [
        "PGDATA", "POD_NAME", "NAMESPACE", "CLUSTER_NAME", "PSQL_HISTORY", "PGPORT", "PGHOST", "TMPDIR", "POD_IP",
      ])
    #expect(container.volumeMounts?.contains { $0.mountPath == "/var/lib/postgresql/wal" } == true)
    #expect(spec.volumes?.first { $0.name == "pg-wal" }?.persistentVolumeClaim?.claimName == "demo-2-wal")
    #expect(spec.securityContext.runAsUser == 26)
    #expect(spec.securityContext.runAsNonRoot == true)
    #expect(container.securityContext?.readOnlyRootFilesystem == true)
    #expect(spec.automountServiceAccountToken == false)
    #expect(spec.terminationGracePeriodSeconds == 30)
    #expect(spec.topologySpreadConstraints?.first?.topologyKey == "topology.kubernetes.io/zone")
    #expect(spec.affinity?.podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution?.first?.weight == 100)
  }

  @Test("startDelay 30 gives three startup probes")
  func startupProbe() throws {
    #expect(try blueprint().startupProbe.failureThreshold == 3)
    #expect(try blueprint { $0.spec.startDelay = 3600 }.startupProbe.failureThreshold == 360)
    #expect(try blueprint { $0.spec.startDelay = 0 }.startupProbe.failureThreshold == 1)
  }

  @Test("budgets: the primary always, the replicas of three or more")
  func budgets() throws {
    #expect(try blueprint().disruptionBudgets.map(\.name) == ["demo-primary", "demo"])
    #expect(try blueprint { $0.spec.instances = 2 }.disruptionBudgets.map(\.name) == ["demo-primary"])
    #expect(try blueprint { $0.spec.enablePDB = false }.disruptionBudgets.isEmpty)
  }

  @Test("the instances may read the Secrets they need, by name, and no other")
  func leastPrivilege() throws {
    let role = try blueprint().role
    let secrets = try #require(role.rules?.first { $0.resources == ["secrets"] })
    #expect(secrets.verbs == ["get", "watch"])
    #expect(secrets.resourceNames == ["db-user-pass", "demo-ca", "demo-replication", "demo-server", "demo-superuser"])
    #expect(role.rules?.allSatisfy { $0.resources?.contains("pods") != true } == true)
  }

  @Test("an application's Secret quotes what a URI would misread")
  func applicationSecret() throws {
    let blueprint = try blueprint { $0.spec.bootstrap?.initdb?.secret = nil }
    let secret = try #require(blueprint.applicationSecret(password: "p@ss/wörd"))
    #expect(secret.name == "demo-app")
    #expect(secret.text("uri") == "postgresql://app:p%40ss%2Fw%C3%B6rd@demo-rw.demo:5432/appdb")
    #expect(secret.text("jdbc-uri") == "jdbc:postgresql://demo-rw.demo:5432/appdb?password=p%40ss%2Fw%C3%B6rd&user=app")
    #expect(secret.text("pgpass") == "demo-rw:5432:appdb:app:p@ss/wörd\n")
    #expect(secret.type == "kubernetes.io/basic-auth")
  }

  @Test("none is made where the user names one")
  func userSecret() throws {
    #expect(try blueprint().applicationSecret(password: "x") == nil)
  }

  @Test("generated passwords: 64 letters and digits, ten of them digits, never twice the same")
  func passwords() {
    let password = generatedPassword()
    #expect(password.count == 64)
    #expect(password.filter(\.isNumber).count == 10)
    #expect(password.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) })
    #expect(password != generatedPassword())
  }
}

@Suite("A glob")
struct GlobTests {
  @Test(
    "matches as path.Match does",
    arguments: [
      ("a*", "abc", true), ("a*", "a/b", false), ("*/b", "a/b", true), ("?b", "ab", true), ("?b", "/b", false),
      ("abc", "abcd", false), ("", "", true), ("*", "", true),
    ])
  func matching(pattern: String, text: String, expected: Bool) {
    #expect(Glob(pattern).matches(text) == expected)
  }
}
