/// Where things are in the container of an instance.
public enum InstancePaths {
  /// What the instance manager keeps while the pod lives.
  public static let controller = "/controller"
  /// The program of the instance manager.
  public static let manager = "/controller/manager"
  /// What PostgreSQL calls for every file of its write-ahead log.
  public static let archiveHelper = "/controller/matriarch-wal"
  /// The folder of PostgreSQL's Unix socket.
  public static let socketDirectory = "/controller/run"
  public static let logDirectory = "/controller/log"
  /// The base name of PostgreSQL's logs in ``logDirectory``.
  public static let logName = "postgres"
  /// Where helpers started by PostgreSQL write their log.
  public static let helperLog = "/controller/log/postgres.json"
  public static let certificates = "/controller/certificates"
  public static let serverCertificate = "/controller/certificates/server.crt"
  public static let serverKey = "/controller/certificates/server.key"
  public static let serverAuthority = "/controller/certificates/server-ca.crt"
  public static let clientAuthority = "/controller/certificates/client-ca.crt"
  public static let replicationCertificate = "/controller/certificates/streaming_replica.crt"
  public static let replicationKey = "/controller/certificates/streaming_replica.key"
  public static let dataVolume = "/var/lib/postgresql/data"
  public static let data = "/var/lib/postgresql/data/pgdata"
  public static let walVolume = "/var/lib/postgresql/wal"
  public static let wal = "/var/lib/postgresql/wal/pg_wal"
  public static let tablespaces = "/var/lib/postgresql/tablespaces"
  public static let projected = "/projected"
}

/// Ports of an instance.
public enum InstancePorts {
  public static let postgres = 5432
  /// Status and control, over TLS.
  public static let status = 8000
  /// For helpers in the same container.
  public static let local = 8010
  public static let metrics = 9187
}
