import Glibc
import PostgreSQL

/// Who this instance is and where things are: read once, from the pod's environment variables.
public struct InstanceEnvironment: Sendable {
  /// The pod's name, which is the instance's.
  public var instance: String
  public var namespace: String
  public var cluster: String
  /// The node that the pod runs on; empty where the operator does not say.
  public var node = ""
  /// The pod's own address, the only one that postgres listens on.
  public var address: String
  public var port: Int
  public var paths: InstancePaths
  /// Where `postgres`, `initdb` and so on are.
  public var programDirectory: String
  /// Milliseconds after which an unacknowledged connection to the primary is given up (`tcp_user_timeout`).
  public var standbyTCPUserTimeout: Int
  public var statusPort = 8000
  public var metricsPort = 9187
  /// Where the other instances' heartbeats arrive.
  public var heartbeatPort = 8001

  public init(
    instance: String, namespace: String, cluster: String, address: String, port: Int = 5432, paths: InstancePaths,
    programDirectory: String, standbyTCPUserTimeout: Int = 5000
  ) {
    self.instance = instance
    self.namespace = namespace
    self.cluster = cluster
    self.address = address
    self.port = port
    self.paths = paths
    self.programDirectory = programDirectory
    self.standbyTCPUserTimeout = standbyTCPUserTimeout
  }

  /// Reads the variables that the operator gives every instance.
  ///
  /// - Throws: ``InstanceEnvironmentError`` naming the variable.
  public init(variables: [String: String]) throws(InstanceEnvironmentError) {
    func required(_ name: String) throws(InstanceEnvironmentError) -> String {
      guard let value = variables[name], !value.isEmpty else { throw .missing(name) }
      return value
    }
    let portText = variables["PGPORT"] ?? "5432"
    guard let port = Int(portText), (1...65535).contains(port) else { throw .malformed("PGPORT", portText) }
    let timeoutText = variables["CNPG_STANDBY_TCP_USER_TIMEOUT"] ?? "5000"
    guard let timeout = Int(timeoutText), timeout >= 0 else {
      throw .malformed("CNPG_STANDBY_TCP_USER_TIMEOUT", timeoutText)
    }
    self.init(
      instance: try required("POD_NAME"), namespace: try required("NAMESPACE"), cluster: try required("CLUSTER_NAME"),
      address: try required("POD_IP"), port: port,
      paths: InstancePaths(
        data: try required("PGDATA"), run: variables["PGHOST"] ?? "/controller/run",
        temporary: variables["TMPDIR"] ?? "/controller/tmp"),
      programDirectory: try PostgresPrograms.directory(path: variables["PATH"] ?? ""), standbyTCPUserTimeout: timeout)
    node = variables["NODE_NAME"] ?? ""
  }

  /// Where the volume for write-ahead log is mounted; nil without one.
  var walVolume: String? { access(paths.walVolume, F_OK) == 0 ? paths.walVolume : nil }

  /// A session through the socket as superuser, or as `user`.
  func localParameters(
    database: String = "postgres", searchPath: ConnectionParameters.SearchPath = .pinned
  ) -> ConnectionParameters {
    .local(directory: paths.run, port: port, user: "postgres", database: database, searchPath: searchPath)
  }
}

/// Where an instance keeps things. All but `data` and `walVolume` live as long as the pod.
public struct InstancePaths: Sendable {
  /// PGDATA.
  public var data: String
  /// Mount point of the volume for write-ahead log, in use when the Cluster has `walStorage`.
  public var walVolume: String
  /// Directory of postgres' socket.
  public var run: String
  public var certificates: String
  /// Directory of the named pipes that postgres logs into.
  public var log: String
  public var temporary: String
  /// What postgres calls to archive and to restore.
  public var archiveHelper: String

  public init(
    data: String = "/var/lib/postgresql/data/pgdata", walVolume: String = "/var/lib/postgresql/wal",
    run: String = "/controller/run", certificates: String = "/controller/certificates", log: String = "/controller/log",
    temporary: String = "/controller/tmp", archiveHelper: String = "/controller/matriarch-wal"
  ) {
    self.data = data
    self.walVolume = walVolume
    self.run = run
    self.certificates = certificates
    self.log = log
    self.temporary = temporary
    self.archiveHelper = archiveHelper
  }

  /// Where ``archiveHelper`` asks.
  var helperSocket: String { "\(run)/.matriarch-wal" }

  var wal: String { "\(walVolume)/pg_wal" }

  /// A service file of libpq, in which stands whom a standby follows.
  var leaderFile: String { "\(run)/leader.conf" }
}

/// The pod lacks something that the operator should have given it.
public enum InstanceEnvironmentError: Error, Equatable, CustomStringConvertible {
  case missing(String)
  case malformed(String, String)
  case noPostgres(String)

  public var description: String {
    switch self {
    case .missing(let name):
      "Environment variable \(name) is not set. The operator sets it in every instance's pod; is this one?"
    case .malformed(let name, let value):
      "Environment variable \(name) is \"\(value)\", which is not a number in its range."
    case .noPostgres(let path):
      "There is no PostgreSQL server in this image: neither in PATH (\(path)) nor in /usr/lib/postgresql/*/bin."
    }
  }
}
