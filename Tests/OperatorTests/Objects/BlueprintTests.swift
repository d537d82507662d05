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

  @Test("a seccomp profile and a volume for temporary data of the user's own take the place of the operator's")
  func ownVolumeAndProfile() throws {
    let blueprint = try blueprint {
      $0.spec.seccompProfile = .with {
        $0.type = "Localhost"
        $0.localhostProfile = "pg.json"
      }
      $0.spec.ephemeralVolumeSource = .with {
        $0.volumeClaimTemplate = .with { $0.spec = .with { $0.storageClassName = "scratch" } }
      }
    }
    let spec = blueprint.podSpec(blueprint.instance(1))
    #expect(spec.securityContext.seccompProfile?.localhostProfile == "pg.json")
    #expect(spec.containers[0].securityContext?.seccompProfile?.type == "Localhost")
    #expect(spec.initContainers?[0].securityContext?.seccompProfile?.type == "Localhost")
    let scratch = try #require(spec.volumes?.first { $0.name == "scratch-data" })
    #expect(scratch.emptyDir == nil)
    #expect(scratch.ephemeral?.volumeClaimTemplate?.spec.storageClassName == "scratch")
  }

  @Test("the user's patch is applied to the pod in the end and rolled out; who the pod is stays")
  func podPatch() throws {
    let patch =
      #"[{"op":"add","path":"/spec/hostNetwork","value":true},{"op":"replace","path":"/metadata/name","#
      + #""value":"x"},{"op":"remove","path":"/metadata/labels/cnpg.io~1instanceName"},"#
      + #"{"op":"add","path":"/metadata/labels/mine","value":"y"}]"#
    let before = try blueprint { $0.initialize() }
    let after = try blueprint {
      $0.initialize()
      $0.metadata.annotations = [Annotations.podPatch: patch]
    }
    let pod = after.pod(after.instance(1))
    #expect(pod.spec?.hostNetwork == true)
    #expect(pod.name == "demo-1")
    #expect(pod.labels["mine"] == "y")
    #expect(pod.labels["cnpg.io/instanceName"] == "demo-1")
    #expect(
      InstancePlan.drift(after, after.instance(1), before.pod(before.instance(1)))
        == "original and target PodSpec differ in hostNetwork")
    #expect(InstancePlan.drift(after, after.instance(1), pod) == nil)
  }

  @Test("a patch that does not fit leaves the pod as it is: validation refuses it")
  func badPodPatch() throws {
    let plain = try blueprint()
    for patch in ["x", "{}", #"[{"op":"remove","path":"/spec/nothing"}]"#] {
      let blueprint = try blueprint { $0.metadata.annotations = [Annotations.podPatch: patch] }
      #expect(blueprint.pod(blueprint.instance(1)).spec == plain.pod(plain.instance(1)).spec)
    }
  }

  @Test("startDelay 30 gives three startup probes")
  func startupProbe() throws {
    #expect(try blueprint { $0.spec.startDelay = .max }.startupProbe.failureThreshold == (.max / 10) + 1)
    #expect(try blueprint { $0.spec.livenessProbeTimeout = .max }.livenessProbe.failureThreshold == (.max / 10) + 1)
    #expect(try blueprint { $0.spec.livenessProbeTimeout = 31 }.livenessProbe.failureThreshold == 4)
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

  @Test("under maintenance with volumes kept, replicas may go, and a single instance too")
  func maintenance() throws {
    func names(_ instances: Int, reusePVC: Bool) throws -> [String] {
      try blueprint {
        $0.spec.instances = instances
        $0.spec.nodeMaintenanceWindow = .with {
          $0.inProgress = true
          $0.reusePVC = reusePVC
        }
      }.disruptionBudgets.map(\.name)
    }
    #expect(try names(3, reusePVC: true) == ["demo-primary"])
    #expect(try names(1, reusePVC: true) == [])
    #expect(try names(3, reusePVC: false) == ["demo-primary", "demo"])
  }

  @Test("with a service to any instance, pods have its domain and the certificate its name")
  func anyService() throws {
    let blueprint = Blueprint(
      cluster: try referenceCluster(), settings: OperatorSettings(values: ["CREATE_ANY_SERVICE": "true"]))
    let service = try #require(blueprint.services.first { $0.name == "demo-any" })
    #expect(service.spec?.publishNotReadyAddresses == true)
    #expect(service.spec?.selector == ["cnpg.io/cluster": "demo", "cnpg.io/podRole": "instance"])
    #expect(blueprint.podSpec(blueprint.instance(1)).subdomain == "demo-any")
    #expect(blueprint.serverNames.contains("demo-any.demo.svc"))
  }

  @Test(
    "a PodMonitor scrapes the instances, over TLS where metrics are served so, and is gone when it is not asked for")
  func podMonitor() throws {
    #expect(try blueprint { $0.spec.monitoring = nil }.podMonitor == nil)
    let plain = try #require(try blueprint { $0.spec.monitoring?.enablePodMonitor = true }.podMonitor)
    #expect(plain[path: ["spec", "selector", "matchLabels"]]?["cnpg.io/podRole"] == "instance")
    #expect(plain[path: ["spec", "podMetricsEndpoints"]] == [["port": "metrics"]])
    #expect(plain[path: ["metadata", "ownerReferences"]]?.arrayValue?.first?["uid"] == "cluster-uid")
    let secure = try #require(
      try blueprint {
        $0.spec.monitoring?.enablePodMonitor = true
        $0.spec.monitoring?.tls = .with { $0.enabled = true }
        $0.spec.monitoring?.podMonitorRelabelings = [["action": "drop"]]
      }.podMonitor)
    let endpoint = try #require(secure[path: ["spec", "podMetricsEndpoints"]]?.arrayValue?.first)
    #expect(endpoint["scheme"] == "https")
    #expect(endpoint[path: ["tlsConfig", "ca", "secret", "name"]] == "demo-ca")
    #expect(endpoint["relabelings"] == [["action": "drop"]])
  }

  @Test("the ServiceAccount takes the template's annotations; none is made where the user names one")
  func serviceAccount() throws {
    let account = try #require(
      try blueprint {
        $0.spec.serviceAccountTemplate = .with {
          $0.metadata = .with { $0.annotations = ["azure.workload.identity/client-id": "1"] }
        }
        $0.spec.imagePullSecrets = [LocalReference("mine")]
      }.serviceAccount(copiedPullSecret: true))
    #expect(account.annotations["azure.workload.identity/client-id"] == "1")
    #expect(account.imagePullSecrets?.map(\.name) == ["demo-pull", "mine"])
    #expect(account.annotations["cnpg.io/managedSecrets"] == #"["demo-pull","mine"]"#)
    #expect(account.automountServiceAccountToken == false)
    #expect(try blueprint { $0.spec.serviceAccountName = "mine" }.serviceAccount(copiedPullSecret: false) == nil)
  }

  @Test("the instances may read the Secrets they need, by name, and no other")
  func leastPrivilege() throws {
    let role = try blueprint().role
    let secrets = try #require(role.rules?.first { $0.resources == ["secrets"] })
    #expect(secrets.verbs == ["get", "watch"])
    #expect(secrets.resourceNames == ["db-user-pass", "demo-ca", "demo-replication", "demo-server", "demo-superuser"])
    let pods = try #require(role.rules?.first { $0.resources == ["pods"] })
    #expect(pods.verbs == ["get", "patch"])
    #expect(pods.resourceNames == ["demo-1", "demo-2", "demo-3"], "those of the cluster, and none else")
  }

  @Test("and those of the archives that the cluster names: its own, its source's, that of the Backup it begins with")
  func archiveSecrets() throws {
    var blueprint = try blueprint {
      $0.spec.backup = .with {
        $0.barmanObjectStore = .with {
          $0.destinationPath = "s3://b"
          $0.endpointCA = SecretKeyReference("own-ca", key: "k")
          $0.s3Credentials = .with {
            $0.accessKeyId = SecretKeyReference("own", key: "id")
            $0.secretAccessKey = SecretKeyReference("own", key: "key")
            $0.region = SecretKeyReference("region", key: "k")
            $0.sessionToken = SecretKeyReference("token", key: "k")
          }
        }
      }
      $0.spec.bootstrap = .with {
        $0.recovery = .with {
          $0.source = "far"
          $0.backup = .with {
            $0.name = "b"
            $0.endpointCA = SecretKeyReference("backup-ca", key: "k")
          }
        }
      }
      $0.spec.externalClusters = [
        .with {
          $0.name = "far"
          $0.barmanObjectStore = .with {
            $0.destinationPath = "https://a.blob.core.windows.net/c"
            $0.azureCredentials = .with {
              $0.storageAccount = SecretKeyReference("azure", key: "account")
              $0.storageKey = SecretKeyReference("azure-key", key: "k")
            }
          }
        },
        .with {
          $0.name = "unused"
          $0.barmanObjectStore = .with {
            $0.googleCredentials = .with { $0.applicationCredentials = SecretKeyReference("unused", key: "k") }
          }
        },
      ]
    }
    blueprint.recoveryBackup = Backup.named("b") {
      $0.status = .with {
        $0.googleCredentials = .with { $0.applicationCredentials = SecretKeyReference("google", key: "k") }
      }
    }
    let names = try #require(blueprint.role.rules?.first { $0.resources == ["secrets"] }?.resourceNames)
    let fixed = ["demo-app", "demo-ca", "demo-replication", "demo-server", "demo-superuser"]
    #expect(
      Set(names).subtracting(fixed) == [
        "own", "own-ca", "region", "token", "azure", "azure-key", "backup-ca", "google",
      ])
    let backups = try #require(blueprint.role.rules?.first { $0.resources == ["backups"] })
    #expect(backups.verbs == ["get", "list", "watch", "delete"])
    let results = try #require(blueprint.role.rules?.first { $0.resources == ["backups/status"] })
    #expect(results.verbs == ["get", "patch", "update"])
  }

  @Test("a change of where backups go changes no pod: nothing is restarted for it")
  func backupAndPods() throws {
    let plain = try blueprint { $0.spec.backup = nil }
    let stored = try blueprint {
      $0.spec.backup = .with {
        $0.retentionPolicy = "7d"
        $0.barmanObjectStore = .with {
          $0.destinationPath = "s3://b"
          $0.endpointCA = SecretKeyReference("ca", key: "k")
          $0.s3Credentials = .with { $0.inheritFromIAMRole = true }
        }
      }
    }
    #expect(stored.podSpec(stored.instance(1)) == plain.podSpec(plain.instance(1)))
  }

  @Test("a restored cluster's application has a Secret of its own, made for what bootstrap.recovery names")
  func recoveredApplication() throws {
    let recovered = try blueprint {
      $0.spec.bootstrap = .with {
        $0.recovery = .with {
          $0.source = "far"
          $0.database = "shop"
          $0.owner = "clerk"
        }
      }
    }
    let secret = try #require(recovered.applicationSecret(password: "x"))
    #expect(secret.name == "demo-app")
    #expect(secret.text("username") == "clerk")
    #expect(secret.text("dbname") == "shop")
    let given = try blueprint {
      $0.spec.bootstrap = .with {
        $0.recovery = .with {
          $0.database = "shop"
          $0.owner = "clerk"
          $0.secret = LocalReference("mine")
        }
      }
    }
    #expect(given.applicationSecret(password: "x") == nil)
    #expect(given.secretNames.contains("mine"))
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
