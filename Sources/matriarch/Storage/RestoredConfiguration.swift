import Foundation
import Glibc
import PostgreSQL
import Processes

/// What a restored directory needs to be started by hand. The configuration in it is that of the server that was backed up:
/// where an instance manager kept that, it names places that only a pod has.
struct RestoredConfiguration: Equatable {
  /// The files as they were restored; nil for what is not there.
  struct Files: Equatable {
    var main: String?
    var automatic: String?
    var hba: String?
    var ident: String?
    /// Matriarch and CloudNativePG write one.
    var hasCustom = false
  }

  /// `postgresql.auto.conf`, which wins over all others.
  var automatic: String
  /// Made where the backup has none: without it postgres does not start.
  var main: String?
  var hba: String?
  /// With another line, where it has to have one.
  var ident: String?
  /// What was left out of force, by name and value.
  var overridden: [String: String] = [:]

  /// Settings that only a pod can follow, and those by which a copy would write where its original does or wait for the
  /// original's standbys.
  private static let ofPod = [
    "listen_addresses": "localhost", "log_destination": "stderr", "logging_collector": "off", "ssl": "off",
    "synchronous_standby_names": "", "unix_socket_directories": "/tmp",
  ]

  /// - Parameters:
  ///   - recovery: where recovery stops, and where files come from.
  ///   - user: who restores, and so will start the server.
  init(_ files: Files, recovery: [String: String], user: String) {
    overridden["archive_mode"] = "off"
    if files.hasCustom { overridden.merge(Self.ofPod) { $1 } }
    let kept: [String: String]
    do throws(ConfigurationSyntaxError) { kept = try ConfigurationFile.parse(files.automatic ?? "") } catch {
      kept = [:]
    }
    let own = kept.filter { name, _ in
      !name.hasPrefix("recovery_target") && !["archive_cleanup_command", "recovery_end_command"].contains(name)
    }
    automatic =
      "# Written by `matriarch storage restore`.\n"
      + ConfigurationFile.render(own.merging(overridden) { $1 }.merging(recovery) { $1 })
    if files.main == nil { main = "# The backup contains no postgresql.conf: PostgreSQL's defaults hold.\n" }
    if files.hba == nil { hba = "local all all peer\n" }
    if files.hasCustom, files.hba?.contains("map=local") == true {
      let line = IdentLine(map: "local", systemName: user, databaseUser: "postgres").text
      let text = files.ident ?? ""
      if !text.split(separator: "\n").contains(Substring(line)) { ident = text + line + "\n" }
    } else if files.ident == nil {
      ident = ""
    }
  }

  /// Reads what was restored. The call blocks.
  static func files(in data: String) -> Files {
    func text(_ name: String) -> String? { try? String(contentsOfFile: "\(data)/\(name)", encoding: .utf8) }
    return Files(
      main: text("postgresql.conf"), automatic: text("postgresql.auto.conf"), hba: text("pg_hba.conf"),
      ident: text("pg_ident.conf"), hasCustom: access("\(data)/custom.conf", F_OK) == 0)
  }

  /// Writes it, and last the mark that makes the server's start a recovery. The call blocks.
  func write(to data: String) throws(SystemError) {
    let files = [
      ("postgresql.auto.conf", automatic), ("postgresql.conf", main), ("pg_hba.conf", hba), ("pg_ident.conf", ident),
    ]
    for (name, text) in files {
      guard let text else { continue }
      try DurableFile.write(Array(text.utf8), to: "\(data)/\(name)", mode: 0o600)
    }
    try DurableFile.write([], to: "\(data)/recovery.signal", mode: 0o600)
  }
}
