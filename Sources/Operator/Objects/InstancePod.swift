import ClusterAPI
import Kubernetes

extension Blueprint {
  /// Where things are inside an instance's container. `PGDATA` is below the volume's root because a volume's root
  /// may hold what is not PostgreSQL's (`lost+found`).
  enum Path {
    static let dataVolume = "/var/lib/postgresql/data"
    static let pgdata = "/var/lib/postgresql/data/pgdata"
    static let walVolume = "/var/lib/postgresql/wal"
    static let manager = "/controller/manager"
  }

  /// The pod of one instance. It is created directly, without a StatefulSet: its volumes have their own lives.
  func pod(_ instance: InstanceName) -> Pod {
    var pod = patched(unpatchedPod(instance))
    // The generated specification is remembered on the pod: drift is found by comparing text with text, whatever
    // defaults the API server and admission add to the pod itself.
    let spec = pod.spec
    pod.metadata.annotations?[Annotations.podSpec] = (try? JSON(encoding: spec).text) ?? ""
    return pod
  }

  /// The pod with the user's JSON patch (annotation `cnpg.io/podPatch`), where that fits: validation refuses others. Who
  /// the pod is cannot be patched; it would be lost sight of.
  private func patched(_ pod: Pod) -> Pod {
    guard let text = cluster.annotations[Annotations.podPatch], let operations = try? JSON(parsing: text),
      let json = try? JSON(encoding: pod), let result = try? JSONPatch.apply(operations, to: json),
      var patched = try? result.decoded(as: Pod.self)
    else { return pod }
    patched.metadata.name = pod.metadata.name
    patched.metadata.namespace = pod.metadata.namespace
    patched.metadata.ownerReferences = pod.metadata.ownerReferences
    let identity = pod.labels.filter { $0.key.hasPrefix("cnpg.io/") }
    patched.metadata.labels = patched.labels.merging(identity) { _, fixed in fixed }
    patched.metadata.annotations = patched.annotations
    return patched
  }

  /// The pod before the user's patch.
  func unpatchedPod(_ instance: InstanceName) -> Pod {
    var annotations = [Annotations.nodeSerial: String(instance.serial)]
    if let restartedAt = cluster.annotations[Annotations.restartedAt] {
      annotations[Annotations.restartedAt] = restartedAt
    }
    for (key, value) in cluster.annotations where key.hasPrefix(Annotations.appArmorPrefix) { annotations[key] = value }
    var labels = recommendedLabels
    labels[Labels.instanceName] = instance.text
    labels[Labels.podRole] = PodRole.instance.rawValue
    var pod = object(Pod.self, instance.text, labels: labels, annotations: annotations)
    pod.spec = podSpec(instance)
    return pod
  }

  func podSpec(_ instance: InstanceName) -> PodSpec {
    .with {
      $0.hostname = instance.text
      $0.subdomain = settings.createsAnyService ? "\(name)-any" : nil
      $0.serviceAccountName = cluster.serviceAccountName
      $0.automountServiceAccountToken = false
      if let scheduler = spec.schedulerName { $0.schedulerName = scheduler }
      $0.priorityClassName = spec.priorityClassName
      $0.nodeSelector = spec.affinity?.nodeSelector
      $0.tolerations = spec.affinity?.tolerations
      $0.affinity = affinity
      $0.topologySpreadConstraints = spec.topologySpreadConstraints
      $0.terminationGracePeriodSeconds = spec.stopDelay
      $0.securityContext = podSecurityContext
      $0.initContainers = [bootstrapContainer(instance)]
      $0.containers = [postgresContainer(instance)]
      $0.volumes = podVolumes(instance)
    }
  }

  /// Copies the manager into the pod, so that any PostgreSQL image will do.
  private func bootstrapContainer(_ instance: InstanceName) -> Container {
    .with {
      $0.name = "bootstrap-controller"
      $0.image = settings.operatorImage
      $0.imagePullPolicy = spec.imagePullPolicy
      $0.command = ["/manager", "bootstrap", Path.manager, "--log-level=\(spec.logLevel.rawValue)"]
      $0.resources = spec.resources
      $0.securityContext = containerSecurityContext
      $0.volumeMounts = mounts(instance).filter { $0.name != "kube-api-access" }
    }
  }

  private func postgresContainer(_ instance: InstanceName) -> Container {
    var command = [Path.manager, "instance", "run", "--status-port-tls"]
    if spec.monitoring?.tls?.enabled == true { command.append("--metrics-port-tls") }
    command.append("--log-level=\(spec.logLevel.rawValue)")
    return .with {
      $0.name = "postgres"
      $0.image = image
      $0.imagePullPolicy = spec.imagePullPolicy
      $0.command = command
      $0.env = environment(instance) + (spec.env ?? []) + standbyTimeout
      $0.envFrom = spec.envFrom
      $0.ports = [port("postgresql", 5432), port("metrics", 9187), port("status", 8000)]
      $0.resources = spec.resources
      $0.securityContext = containerSecurityContext
      $0.startupProbe = startupProbe
      $0.readinessProbe = readinessProbe
      $0.livenessProbe = livenessProbe
      $0.volumeMounts = mounts(instance)
    }
  }

  private func port(_ name: String, _ number: Int) -> ContainerPort {
    .with {
      $0.name = name
      $0.containerPort = number
      $0.protocol = "TCP"
    }
  }

  private func variable(_ name: String, _ value: String) -> EnvVar {
    .with {
      $0.name = name
      $0.value = value
    }
  }

  private var standbyTimeout: [EnvVar] {
    settings.standbyTCPUserTimeout.map { [variable("CNPG_STANDBY_TCP_USER_TIMEOUT", String($0))] } ?? []
  }

  private func environment(_ instance: InstanceName) -> [EnvVar] {
    [
      variable("PGDATA", Path.pgdata),
      variable("POD_NAME", instance.text),
      variable("NAMESPACE", namespace),
      variable("CLUSTER_NAME", name),
      variable("PSQL_HISTORY", "/controller/tmp/.psql_history"),
      variable("PGPORT", "5432"),
      variable("PGHOST", "/controller/run"),
      variable("TMPDIR", "/controller/tmp"),
      // PostgreSQL listens on the pod's own address, never on a wildcard: local pods share one network.
      .with {
        $0.name = "POD_IP"
        $0.valueFrom = .with { $0.fieldRef = .with { $0.fieldPath = "status.podIP" } }
      },
    ]
  }

  private func mounts(_ instance: InstanceName) -> [VolumeMount] {
    func mount(_ name: String, _ path: String) -> VolumeMount {
      .with {
        $0.name = name
        $0.mountPath = path
      }
    }
    var mounts = [
      mount("pgdata", Path.dataVolume),
      mount("scratch-data", "/run"),
      mount("scratch-data", "/controller"),
      mount("shm", "/dev/shm"),
    ]
    if spec.walStorage != nil { mounts.append(mount("pg-wal", Path.walVolume)) }
    if spec.projectedVolumeTemplate != nil { mounts.append(mount("projected", "/projected")) }
    mounts.append(mount("kube-api-access", "/var/run/secrets/kubernetes.io/serviceaccount"))
    return mounts
  }

  private func podVolumes(_ instance: InstanceName) -> [Volume] {
    var volumes = volumes(of: instance).map { volume in
      Volume.with {
        $0.name = volume.kind == .data ? "pgdata" : "pg-wal"
        $0.persistentVolumeClaim = .with { $0.claimName = volume.claimName }
      }
    }
    volumes.append(
      .with {
        $0.name = "scratch-data"
        if let source = spec.ephemeralVolumeSource {
          $0.ephemeral = source
        } else {
          $0.emptyDir = .with { $0.sizeLimit = spec.ephemeralVolumesSizeLimit?.temporaryData }
        }
      })
    volumes.append(
      .with {
        $0.name = "shm"
        $0.emptyDir = .with {
          $0.medium = "Memory"
          $0.sizeLimit = spec.ephemeralVolumesSizeLimit?.shm
        }
      })
    if let template = spec.projectedVolumeTemplate {
      volumes.append(
        .with {
          $0.name = "projected"
          $0.projected = template
        })
    }
    volumes.append(apiAccess)
    return volumes
  }

  /// The token with which the manager speaks to the API, mounted explicitly: the account itself mounts none.
  private var apiAccess: Volume {
    .with {
      $0.name = "kube-api-access"
      $0.projected = .with {
        $0.sources = [
          .with {
            $0.serviceAccountToken = .with {
              $0.path = "token"
              $0.expirationSeconds = 3607
            }
          },
          .with {
            $0.configMap = .with {
              $0.name = "kube-root-ca.crt"
              $0.items = [
                .with {
                  $0.key = "ca.crt"
                  $0.path = "ca.crt"
                }
              ]
            }
          },
          .with {
            $0.downwardAPI = .with {
              $0.items = [
                .with {
                  $0.path = "namespace"
                  $0.fieldRef = .with { $0.fieldPath = "metadata.namespace" }
                }
              ]
            }
          },
        ]
      }
    }
  }

  /// The user's context, what it leaves open filled in: an unprivileged user and nothing it does not need.
  private var podSecurityContext: PodSecurityContext {
    var context = spec.podSecurityContext ?? PodSecurityContext()
    context.runAsUser = context.runAsUser ?? spec.postgresUID
    context.runAsGroup = context.runAsGroup ?? spec.postgresGID
    context.fsGroup = context.fsGroup ?? spec.postgresGID
    context.runAsNonRoot = context.runAsNonRoot ?? true
    context.seccompProfile = context.seccompProfile ?? seccompProfile
    return context
  }

  private var seccompProfile: SeccompProfile { spec.seccompProfile ?? .with { $0.type = "RuntimeDefault" } }

  private var containerSecurityContext: SecurityContext {
    var context = spec.securityContext ?? SecurityContext()
    context.capabilities = context.capabilities ?? .with { $0.drop = ["ALL"] }
    context.privileged = context.privileged ?? false
    context.allowPrivilegeEscalation = context.allowPrivilegeEscalation ?? false
    context.readOnlyRootFilesystem = context.readOnlyRootFilesystem ?? true
    context.runAsNonRoot = context.runAsNonRoot ?? true
    context.seccompProfile = context.seccompProfile ?? seccompProfile
    return context
  }
}
