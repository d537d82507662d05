import Kubernetes

/// Everything a node has to know, as its process reads it from a file of the state directory.
public struct NodeSettings: Codable, Sendable, Equatable {
  public var name: String
  public var zone: String
  /// Where the node's HTTPS endpoint listens (logs and exec): `127.64.0.11`.
  public var address: String
  public var port: Int
  /// The addresses of its pods: `127.64.1.0/24`.
  public var podRange: String
  /// The node's own state: `STATE/nodes/NAME`.
  public var stateDirectory: String
  /// What no pod may see, the state of the whole cluster: `STATE`.
  public var clusterDirectory: String
  /// The directories of PersistentVolumes, which all nodes share: `STATE/volumes`.
  public var volumesDirectory: String
  /// Labels beside those that every node gets.
  public var labels: [String: String]
  /// What pods may request in all: `cpu`, `memory`, `pods`. Not measured, nothing is enforced.
  public var allocatable: [String: Quantity]
  public var images: [LocalImage]
  /// Directories of the host beside `/usr` that containers see read-only, such as a toolchain's libraries.
  public var libraries: [LocalImage.Bind]
  /// The executable `matriarch-shim`.
  public var shim: String
  /// Where containers find the API server (`KUBERNETES_SERVICE_HOST` and `_PORT`).
  public var apiServerHost: String
  public var apiServerPort: Int
  public var clusterDomain: String
  /// PEM files: the endpoint's certificate and key, and the authority of those who may use it.
  public var certificatePath: String
  public var keyPath: String
  public var clientAuthorityPath: String
  /// How containers reach hosts of Azure; nil leaves that to the host's network.
  public var azure: AzureAccess?

  public init(
    name: String, zone: String, address: String, port: Int = 10250, podRange: String, stateDirectory: String,
    clusterDirectory: String, volumesDirectory: String, labels: [String: String] = [:],
    allocatable: [String: Quantity] = NodeSettings.defaultAllocatable, images: [LocalImage],
    libraries: [LocalImage.Bind] = [], shim: String, apiServerHost: String, apiServerPort: Int,
    clusterDomain: String = "cluster.local", certificatePath: String, keyPath: String, clientAuthorityPath: String,
    azure: AzureAccess? = nil
  ) {
    self.name = name
    self.zone = zone
    self.address = address
    self.port = port
    self.podRange = podRange
    self.stateDirectory = stateDirectory
    self.clusterDirectory = clusterDirectory
    self.volumesDirectory = volumesDirectory
    self.labels = labels
    self.allocatable = allocatable
    self.images = images
    self.libraries = libraries
    self.shim = shim
    self.apiServerHost = apiServerHost
    self.apiServerPort = apiServerPort
    self.clusterDomain = clusterDomain
    self.certificatePath = certificatePath
    self.keyPath = keyPath
    self.clientAuthorityPath = clientAuthorityPath
    self.azure = azure
  }

  /// Room for the reference cluster and its neighbours: requests are counted, not enforced, so a node may have more than
  /// the machine.
  public static let defaultAllocatable: [String: Quantity] = [
    "cpu": Quantity(16), "memory": Quantity(64 << 30, .binary), "pods": Quantity(110),
    "ephemeral-storage": Quantity(100 << 30, .binary),
  ]

  /// The labels of the Node object.
  var allLabels: [String: String] {
    let standard = [
      "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": Self.architecture,
      "topology.kubernetes.io/zone": zone, "failure-domain.beta.kubernetes.io/zone": zone,
    ]
    return standard.merging(labels) { _, own in own }
  }

  /// As Go names it.
  static var architecture: String {
    #if arch(arm64)
      "arm64"
    #else
      "amd64"
    #endif
  }

  var podsDirectory: String { stateDirectory + "/pods" }
}
