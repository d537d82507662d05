import ClusterAPI
import Crypto
import Failover
import Kubernetes
import PostgreSQL

/// Everything that the Cluster says about how postgres is to be configured, the same on each of its instances.
struct ServerConfiguration: Sendable, Equatable {
  /// What `custom.conf` holds.
  var parameters: [String: String]
  /// `pg_hba.conf`; nil where the Cluster's rules cannot be written down, which ``problem`` explains.
  var hba: String?
  /// `pg_ident.conf`; nil likewise.
  var ident: String?
  /// What follows from nothing that a user wrote, for as long as his rules cannot be had.
  var ownHBA: String
  var ownIdent: String
  /// What keeps a part from being in force.
  var problem: InstanceProblem?
  /// The extensions that the user's parameters switch on.
  var extensions: [ManagedExtension]

  static let hashParameter = "cnpg.config_sha256"

  /// What only the image, the pod or a Secret knows.
  struct Surroundings: Sendable {
    var version: ServerVersion
    var paths: InstancePaths
    var port: Int
    /// The name of the running user id, which `peer` compares with.
    var operatingSystemUser: String
    var ldapBindPassword: String?
  }

  /// - Parameter requirement: which standbys have to confirm.
  init(_ cluster: Cluster, requirement: StandbyRequirement?, surroundings: Surroundings) {
    let postgresql = cluster.spec.postgresql ?? PostgresConfiguration()
    let own = postgresql.parameters ?? [:]
    extensions = ManagedExtension.all.filter { $0.isUsed(by: own) }
    var parameters = PostgresParameters.rendered(
      own, libraries: postgresql.shared_preload_libraries ?? [], major: surroundings.version.major,
      archiveMode: cluster.archiveMode, clusterName: cluster.name, allowsAlterSystem: postgresql.enableAlterSystem)
    // A standby whose leader is gone tries the next soon.
    if own["wal_retrieve_retry_interval"] == nil { parameters["wal_retrieve_retry_interval"] = "100ms" }
    if let requirement, requirement.number > 0 {
      let standbys = SynchronousStandbys(
        method: requirement.method == .any ? .any : .first, number: requirement.number, names: requirement.names)
      parameters["synchronous_standby_names"] = standbys.parameterValue
      parameters["cnpg.synchronous_standby_names_metadata"] = standbys.metadata(cluster.name)
      if surroundings.version.major >= 17, cluster.synchronizesLogicalDecoding {
        // Nothing is decoded that those who may take over do not have: its readers would be ahead of the next primary.
        parameters["synchronized_standby_slots"] = requirement.names
          .compactMap { StreamName.instance(of: $0, in: cluster.name) }
          .compactMap { cluster.highAvailabilitySlot(of: $0) }.joined(separator: ", ")
      }
    }
    parameters.merge(Self.fixed(surroundings)) { $1 }
    // Fixed by the pod, not by the Cluster: given on postgres' command line, where nothing overrides it.
    parameters["listen_addresses"] = nil
    self.parameters = parameters
    ownHBA = Self.text(Self.ownRules)
    ownIdent = Self.text(Self.ownMaps(surroundings))
    do throws(InstanceProblem) {
      ident = try Self.ident(postgresql, surroundings: surroundings)
    } catch { problem = error }
    do throws(InstanceProblem) {
      hba = try Self.hba(postgresql, cluster: cluster, surroundings: surroundings)
    } catch { problem = error }
  }

  /// The text of `custom.conf`: its last line says which configuration a session sees.
  static func customText(_ parameters: [String: String]) -> String {
    ConfigurationFile.render(parameters) + ConfigurationFile.line(hashParameter, hash(parameters))
  }

  /// SHA-256 of the lines that are not our own, in lower-case hexadecimal.
  static func hash(_ parameters: [String: String]) -> String {
    let text = ConfigurationFile.render(parameters.filter { !$0.key.hasPrefix("cnpg.") })
    return SHA256.hash(data: Array(text.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// The parameters without those that follow the pod and the health of standbys: by the rest a configuration that
  /// postgres has refused is known again.
  static func lasting(_ parameters: [String: String]) -> [String: String] {
    parameters.filter { !momentary.contains($0.key) && $0.key != hashParameter }
  }

  /// Earlier parameters, with the pod and the standbys of now: a commit must not wait for a standby that is gone because
  /// another parameter is wrong.
  func current(over earlier: [String: String]) -> [String: String] {
    Self.lasting(earlier).merging(parameters.filter { Self.momentary.contains($0.key) }) { $1 }
  }

  private static let momentary: Set<String> = {
    let anyPod = Surroundings(
      version: ServerVersion(major: 15), paths: InstancePaths(), port: 5432, operatingSystemUser: "")
    return Set(fixed(anyPod).keys).union([
      "synchronous_standby_names", "cnpg.synchronous_standby_names_metadata", "synchronized_standby_slots",
    ])
  }()

  /// What follows from this program and its pod; the rest of what users cannot set is `PostgresParameters.mandatory`.
  private static func fixed(_ surroundings: Surroundings) -> [String: String] {
    let certificates = surroundings.paths.certificates
    return [
      // Always the same: whether anything is archived is the instance manager's to say, so that no restart is needed.
      "archive_command": "\(surroundings.paths.archiveHelper) archive \(surroundings.paths.helperSocket) %p",
      "port": String(surroundings.port),
      "ssl_cert_file": "\(certificates)/server.crt",
      "ssl_key_file": "\(certificates)/server.key",
      "ssl_ca_file": "\(certificates)/client-ca.crt",
      "unix_socket_directories": surroundings.paths.run,
      // JSON from the logging collector into a named pipe, which the instance manager reads (from 15 on).
      "logging_collector": "on",
      "log_destination": "jsonlog",
      "log_directory": surroundings.paths.log,
      "log_filename": "postgres",
      "log_file_mode": "0600",
      "log_rotation_age": "0",
      "log_rotation_size": "0",
      "log_truncate_on_rotation": "off",
    ]
  }
}

extension SynchronousStandbys {
  /// What tools read back with `current_setting`: the instances by their names.
  func metadata(_ cluster: String) -> String {
    let names = names.map { StreamName.instance(of: $0, in: cluster) ?? $0 }
    return JSON.object([
      "method": .string(method.rawValue), "number": .int(Int64(number)),
      "standbyNames": .array(names.map { .string($0) }),
    ]).text
  }
}
