import Kubernetes

/// What a manifest may ask of a pod and processes on one machine cannot give.
enum UnsupportedFields {
  /// The paths of such fields, to be named in an event: the pod runs without them.
  static func ignored(in spec: PodSpec) -> [String] {
    var paths: [String] = []
    if !(spec.ephemeralContainers ?? []).isEmpty { paths.append("spec.ephemeralContainers") }
    if spec.hostIPC == true { paths.append("spec.hostIPC") }
    if spec.hostPID == true { paths.append("spec.hostPID") }
    if spec.shareProcessNamespace == true { paths.append("spec.shareProcessNamespace") }
    if spec.runtimeClassName != nil { paths.append("spec.runtimeClassName") }
    if !(spec.resourceClaims ?? []).isEmpty { paths.append("spec.resourceClaims") }
    if !(spec.securityContext.sysctls ?? []).isEmpty { paths.append("spec.securityContext.sysctls") }
    if !(spec.securityContext.supplementalGroups ?? []).isEmpty {
      paths.append("spec.securityContext.supplementalGroups")
    }
    paths += (spec.initContainers ?? []).enumerated().flatMap { ignored(in: $1, at: "spec.initContainers[\($0)]") }
    paths += spec.containers.enumerated().flatMap { ignored(in: $1, at: "spec.containers[\($0)]") }
    return paths
  }

  private static func ignored(in container: Container, at path: String) -> [String] {
    var paths: [String] = []
    for (index, port) in (container.ports ?? []).enumerated() where (port.hostPort ?? 0) != 0 {
      paths.append("\(path).ports[\(index)].hostPort")
    }
    if container.securityContext?.privileged == true { paths.append("\(path).securityContext.privileged") }
    if !(container.securityContext?.capabilities?.add ?? []).isEmpty {
      paths.append("\(path).securityContext.capabilities.add")
    }
    if container.stdin == true { paths.append("\(path).stdin") }
    if container.tty == true { paths.append("\(path).tty") }
    if !(container.volumeDevices ?? []).isEmpty { paths.append("\(path).volumeDevices") }
    if container.lifecycle?.postStart != nil { paths.append("\(path).lifecycle.postStart") }
    if container.lifecycle?.stopSignal != nil { paths.append("\(path).lifecycle.stopSignal") }
    for (purpose, probe) in [
      ("startupProbe", container.startupProbe), ("readinessProbe", container.readinessProbe),
      ("livenessProbe", container.livenessProbe),
    ] where probe?.grpc != nil {
      paths.append("\(path).\(purpose).grpc")
    }
    return paths
  }
}
