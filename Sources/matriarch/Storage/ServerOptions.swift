import ArgumentParser
import Backup
import Foundation
import PostgreSQL

/// A server of this machine, and how it is reached.
struct ServerOptions: ParsableArguments {
  @Option(
    name: [.customShort("D"), .customLong("data")], help: ArgumentHelp("Its data directory.", valueName: "directory"))
  var data: String
  @Option(help: ArgumentHelp("Directory of its socket; $PGHOST or libpq's own when absent.", valueName: "directory"))
  var host: String?
  @Option(name: .shortAndLong, help: "Its port; $PGPORT or 5432 when absent.") var port: Int?
  @Option(name: [.customShort("U"), .long], help: "A role that may back up; $PGUSER or postgres when absent.")
  var username: String?

  var directory: String { URL(fileURLWithPath: data).standardizedFileURL.path }

  /// A password, should it take one, libpq finds by itself: $PGPASSWORD, ~/.pgpass.
  var parameters: ConnectionParameters {
    let variables = ProcessInfo.processInfo.environment
    var keywords = ["user": username ?? variables["PGUSER"] ?? "postgres", "application_name": "matriarch"]
    keywords["dbname"] = variables["PGDATABASE"] ?? "postgres"
    keywords["host"] = host
    keywords["port"] = port.map { String($0) }
    return ConnectionParameters(keywords)
  }
}

extension Compression: ExpressibleByArgument {
  public init?(argument: String) {
    guard let found = Self.allCases.first(where: { "\($0)" == argument }) else { return nil }
    self = found
  }

  public static var allValueStrings: [String] { allCases.map { "\($0)" } }

  public var defaultValueDescription: String { "\(self)" }
}
