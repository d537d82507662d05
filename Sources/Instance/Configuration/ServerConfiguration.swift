import ClusterAPI
import Crypto
import Kubernetes
import PostgreSQL

/// Everything that the Cluster says about how postgres is to be configured, the same on each of its instances.
struct ServerConfiguration: Sendable, Equatable {
  /// What `custom.conf` holds.
  var parameters: [String: String]
  var hba: String
  var ident: String
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

  /// - Throws: ``InstanceProblem/invalidConfiguration(_:)`` naming the field.
  init(_ cluster: Cluster, primary: String, surroundings: Surroundings) throws(InstanceProblem) {
    let postgresql = cluster.spec.postgresql ?? PostgresConfiguration()
    let own = postgresql.parameters ?? [:]
    extensions = ManagedExtension.all.filter { $0.isUsed(by: own) }
    var parameters = PostgresParameters.rendered(
      own, libraries: postgresql.shared_preload_libraries ?? [], major: surroundings.version.major,
      archiveMode: cluster.archiveMode, clusterName: cluster.name, allowsAlterSystem: postgresql.enableAlterSystem)
    if let standbys = SynchronousStandbys.desired(cluster, primary: primary) {
      parameters["synchronous_standby_names"] = standbys.parameterValue
      parameters["cnpg.synchronous_standby_names_metadata"] = standbys.metadata
    }
    parameters.merge(Self.fixed(surroundings)) { $1 }
    // Fixed by the pod, not by the Cluster: given on postgres' command line, where nothing overrides it.
    parameters["listen_addresses"] = nil
    self.parameters = parameters
    hba = try Self.hba(postgresql, cluster: cluster, surroundings: surroundings)
    ident = try Self.ident(postgresql, surroundings: surroundings)
  }

  /// The text of `custom.conf`: its last line says which configuration a session sees.
  var customText: String {
    ConfigurationFile.render(parameters) + ConfigurationFile.line(Self.hashParameter, hash)
  }

  /// SHA-256 of the lines that are not our own, in lower-case hexadecimal.
  var hash: String {
    let text = ConfigurationFile.render(parameters.filter { !$0.key.hasPrefix("cnpg.") })
    return SHA256.hash(data: Array(text.utf8)).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// What follows from this program and its pod; the rest of what users cannot set is `PostgresParameters.mandatory`.
  private static func fixed(_ surroundings: Surroundings) -> [String: String] {
    let certificates = surroundings.paths.certificates
    return [
      // Nothing archives yet. A command that succeeds lets postgres recycle its segments; an empty one would keep all.
      "archive_command": "/bin/true",
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
  /// What the operator and the plugin read back with `current_setting`.
  var metadata: String {
    JSON.object([
      "method": .string(method.rawValue), "number": .int(Int64(number)),
      "standbyNames": .array(names.map { .string($0) }),
    ]).text
  }
}
