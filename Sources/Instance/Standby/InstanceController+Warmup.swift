import Glibc
import PostgreSQL

extension InstanceController {
  private static let mostDatabases = 50

  /// The first session in a database gathers what the catalogs say of themselves, 20 ms of work, and leaves it in a file for
  /// those that follow (`pg_internal.init`); a change of the catalogs removes it. On a standby nobody may have been, and after a
  /// failover all clients come at once, so somebody goes ahead.
  func warmCatalogs(_ data: DataDirectory) async throws {
    let databases = try await session.query(
      """
      SELECT oid, datname FROM pg_database
      WHERE datallowconn AND datconnlimit <> -2 AND dattablespace = (SELECT oid FROM pg_tablespace WHERE spcname = 'pg_default')
      ORDER BY oid LIMIT \(Self.mostDatabases)
      """
    ).rows
    for row in databases {
      guard let name = row["datname"], let number = row["oid"],
        access("\(data.path)/base/\(number)/pg_internal.init", F_OK) != 0
      else { continue }
      do {
        try await Connection.with(
          environment.localParameters(database: name), deadline: .seconds(5), logger: logger
        ) { _ = try await $0.query("SELECT 1") }
      } catch let error as PostgreSQLError {
        logger.debug("a database was not visited", metadata: ["database": "\(name)", "error": "\(error)"])
      }
    }
  }
}
