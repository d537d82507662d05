import Foundation
import Processes

/// What a local control plane is told when it is first started; kept in `settings.json` of its state directory, so
/// that every later command and process finds the same.
public struct LocalSettings: Codable, Sendable, Equatable {
  /// Everything that has to survive.
  public var stateDirectory: String
  /// kubectl and newer PostgreSQL majors, fetched by the set-up.
  public var toolsDirectory: String
  /// The first two bytes of all addresses of the control plane, pods and services: one /16 of 127.0.0.0/8, or of any
  /// other network where each node has a network namespace of its own.
  public var addressBlock = "127.64"
  /// Nil, as in settings of before there was the question, is no.
  private var networkNamespaces: Bool?
  public var apiPort = 6443
  /// Where services of type LoadBalancer are reached.
  public var loadBalancerAddress = "127.0.0.1"
  public var clusterDomain = "cluster.local"
  public var nodes = (1...3).map(NodeDefinition.init(number:))
  /// What each node offers: numbers for the scheduler, not a reservation.
  public var nodeCPU = "16"
  public var nodeMemory = "64Gi"
  public var nodePods = 110
  public var images: [LocalImage] = []
  /// Where the libraries of the Swift runtime are, and where our programs look for them; nil where the program has it
  /// within.
  public var runtime: LocalImage.Bind?

  public struct NodeDefinition: Codable, Sendable, Equatable {
    public var name: String
    public var zone: String

    public init(name: String, zone: String) {
      self.name = name
      self.zone = zone
    }

    /// There are three zones, however many nodes.
    init(number: Int) {
      self.init(name: "local-\(number)", zone: "local-zone-\((number - 1) % 3 + 1)")
    }
  }

  /// As many as there are pod ranges beside the services'.
  public static let nodeCounts = 1...99

  public var nodeCount: Int {
    get { nodes.count }
    set { nodes = (1...newValue).map(NodeDefinition.init(number:)) }
  }

  /// Whether each node runs in a network namespace of its own, so that tests can cut its network. Others make the
  /// namespaces and start each node in its own, because entering one takes privileges that nothing here has.
  public var hasNetworkNamespaces: Bool {
    get { networkNamespaces ?? false }
    set { networkNamespaces = newValue }
  }

  public init(stateDirectory: String, toolsDirectory: String) {
    self.stateDirectory = stateDirectory
    self.toolsDirectory = toolsDirectory
  }

  // MARK: - Addresses

  public var apiAddress: String { "\(addressBlock).0.1" }
  public var apiURL: String { "https://\(apiAddress):\(apiPort)" }
  /// The upper half of the block.
  public var serviceRange: String { "\(addressBlock).128.0/17" }

  /// Node addresses and pod ranges by position: the first node is number 1.
  func nodeAddress(_ number: Int) -> String { "\(addressBlock).0.\(10 + number)" }
  func podRange(_ number: Int) -> String { "\(addressBlock).\(number).0/24" }
  static let nodePort = 10250
  /// Of the Azure-compatible service, at the API server's address, which nodes in networks of their own reach too: blobs
  /// without TLS and the proxy; blobs and tokens with TLS. The first is the port of Microsoft's emulator.
  static let azurePort = 10000
  static let azureSecurePort = 10443

  // MARK: - Places

  public var file: String { "\(stateDirectory)/settings.json" }
  public var pkiDirectory: String { "\(stateDirectory)/pki" }
  public var storeFile: String { "\(stateDirectory)/store.sqlite" }
  public var volumesDirectory: String { "\(stateDirectory)/volumes" }
  public var logsDirectory: String { "\(stateDirectory)/logs" }
  public var binDirectory: String { "\(stateDirectory)/bin" }
  /// Blobs, keys and federated credentials.
  public var azureDirectory: String { "\(stateDirectory)/azure" }
  /// Certificates that everybody may read.
  public var trustDirectory: String { "\(stateDirectory)/trust" }
  /// The authority's certificate.
  public var authorityFile: String { "\(trustDirectory)/ca.crt" }
  /// The host's authorities and ours.
  public var trustBundle: String { "\(trustDirectory)/ca-bundle.crt" }
  public var kubeconfig: String { "\(stateDirectory)/kubeconfig" }
  func nodeDirectory(_ name: String) -> String { "\(stateDirectory)/nodes/\(name)" }

  // MARK: - Keeping

  /// The settings of a state directory, or nil where none was ever started.
  ///
  /// - Throws: ``MachineError`` when the file cannot be read as settings.
  public static func load(from stateDirectory: String) throws -> LocalSettings? {
    let path = "\(stateDirectory)/settings.json"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try JSONDecoder().decode(LocalSettings.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch {
      throw MachineError.unreadableSettings(path: path, reason: "\(error)")
    }
  }

  public func save() throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFile.write(Array(encoder.encode(self)), to: file, mode: 0o600)
  }
}
