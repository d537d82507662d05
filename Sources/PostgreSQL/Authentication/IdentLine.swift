/// A line of `pg_ident.conf`: which operating system or certificate name may log in as which database user.
public struct IdentLine: Sendable, Equatable {
  public var map: String
  public var systemName: String
  public var databaseUser: String

  public init(map: String, systemName: String, databaseUser: String) {
    self.map = map
    self.systemName = systemName
    self.databaseUser = databaseUser
  }

  public var text: String {
    [map, systemName, databaseUser].map { AuthenticationToken.quote($0) }.joined(separator: " ")
  }

  /// Says what is wrong with a line written by a user, nil when PostgreSQL will accept it.
  public static func problem(in line: String) -> String? {
    do {
      let fields = try AuthenticationToken.fields(of: line)
      if fields.isEmpty { return nil }
      if fields.count != 3 { return "a line of pg_ident.conf has three fields: map, system name, database user" }
      return nil
    } catch {
      return error.description
    }
  }
}
