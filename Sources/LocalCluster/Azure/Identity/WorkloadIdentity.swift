import Kubernetes

/// What the webhook of Azure Workload Identity puts into pods that ask for it by a label: the variables by which Azure's
/// libraries find the identity, and a token of the service account for it ("Azure AD Workload Identity", mutating admission
/// webhook). Done by the API server itself, which has no webhook to install.
public struct WorkloadIdentity: Sendable, Equatable {
  public var tenantID: String
  /// A URL with a slash at its end.
  public var authorityHost: String

  public init(tenantID: String, authorityHost: String) {
    self.tenantID = tenantID
    self.authorityHost = authorityHost
  }

  private static let prefix = "azure.workload.identity/"
  private static let volume = "azure-identity-token"
  private static let mountPath = "/var/run/secrets/azure/tokens"
  /// Seconds; the webhook allows an hour to a day.
  private static let lifetimes: ClosedRange<Int64> = 3600...86400

  /// The pod with all that, if it asks for it and its service account names an identity. What it has already stays.
  func applied(to pod: JSON, account: JSON) -> JSON {
    guard pod[path: ["metadata", "labels", Self.prefix + "use"]] == "true",
      let clientID = annotation("client-id", account), !clientID.isEmpty
    else { return pod }
    let tenant = annotation("tenant-id", account) ?? tenantID
    let variables = [
      ("AZURE_CLIENT_ID", clientID), ("AZURE_TENANT_ID", tenant),
      ("AZURE_FEDERATED_TOKEN_FILE", "\(Self.mountPath)/\(Self.volume)"), ("AZURE_AUTHORITY_HOST", authorityHost),
    ]
    let skipped = Set((annotation("skip-containers", pod) ?? "").split(separator: ";").map(String.init))
    var pod = pod
    for list in ["containers", "initContainers"] {
      guard let containers = pod[path: ["spec", list]]?.arrayValue else { continue }
      pod[path: ["spec", list]] = .array(
        containers.map { container in
          skipped.contains(container["name"]?.stringValue ?? "") ? container : Self.extended(container, variables)
        })
    }
    return withVolume(pod, lifetime: lifetime(pod, account))
  }

  private static func extended(_ container: JSON, _ variables: [(name: String, value: String)]) -> JSON {
    var container = container
    var environment = container["env"]?.arrayValue ?? []
    for variable in variables where !environment.contains(where: { $0["name"]?.stringValue == variable.name }) {
      environment.append(["name": .string(variable.name), "value": .string(variable.value)])
    }
    container["env"] = .array(environment)
    var mounts = container["volumeMounts"]?.arrayValue ?? []
    if !mounts.contains(where: { $0["mountPath"]?.stringValue == mountPath }) {
      mounts.append(["name": .string(volume), "mountPath": .string(mountPath), "readOnly": true])
    }
    container["volumeMounts"] = .array(mounts)
    return container
  }

  private func withVolume(_ pod: JSON, lifetime: Int64) -> JSON {
    var pod = pod
    let volumes = pod[path: ["spec", "volumes"]]?.arrayValue ?? []
    guard !volumes.contains(where: { $0["name"]?.stringValue == Self.volume }) else { return pod }
    let token: JSON = [
      "audience": .string(FederatedCredential.usualAudience), "expirationSeconds": .int(lifetime),
      "path": .string(Self.volume),
    ]
    pod[path: ["spec", "volumes"]] = .array(
      volumes + [
        [
          "name": .string(Self.volume),
          "projected": ["defaultMode": 0o644, "sources": [["serviceAccountToken": token]]],
        ]
      ])
    return pod
  }

  private func lifetime(_ pod: JSON, _ account: JSON) -> Int64 {
    let name = "service-account-token-expiration"
    let wanted = (annotation(name, pod) ?? annotation(name, account)).flatMap { Int64($0) } ?? Self.lifetimes.lowerBound
    return min(max(wanted, Self.lifetimes.lowerBound), Self.lifetimes.upperBound)
  }

  private func annotation(_ name: String, _ object: JSON) -> String? {
    object[path: ["metadata", "annotations", Self.prefix + name]]?.stringValue
  }
}
