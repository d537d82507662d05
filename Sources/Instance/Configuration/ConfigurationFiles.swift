import FoundationEssentials
import Glibc
import PostgreSQL
import Processes

/// The configuration files in PGDATA: written whole and durably.
struct ConfigurationFiles: Sendable {
  let programs: PostgresPrograms
  let paths: InstancePaths

  /// Brings the files to the given contents. Returns whether any of them changed, so that postgres must reload.
  func write(_ wanted: [(name: String, text: String)], allowsAlterSystem: Bool) async throws -> Bool {
    try await Blocking.run {
      let changed = wanted.filter { contents($0.name) != $0.text }
      for (name, text) in changed {
        try DurableFile.write(Array(text.utf8), to: "\(paths.data)/\(name)", mode: 0o600)
      }
      let included = try includeInMainFile()
      // Before 17 there is no allow_alter_system; ALTER SYSTEM fails on a file it may not open.
      if programs.version.major < 17 {
        _ = chmod("\(paths.data)/postgresql.auto.conf", allowsAlterSystem ? 0o600 : 0o400)
      }
      return !changed.isEmpty || included
    }
  }

  /// The file as it is; nil when there is none.
  func contents(_ name: String) -> String? { try? String(contentsOfFile: "\(paths.data)/\(name)", encoding: .utf8) }

  /// The parameters in a file; nil when there is none that can be read.
  func parameters(_ name: String) -> [String: String]? {
    contents(name).flatMap { try? ConfigurationFile.parse($0) }
  }

  /// Puts a file back, for instance after postgres has refused it.
  func restore(_ name: String, _ text: String) async throws {
    try await Blocking.run {
      try DurableFile.write(Array(text.utf8), to: "\(paths.data)/\(name)", mode: 0o600)
    }
  }

  /// initdb's file, with our two included at its end, where they win.
  private func includeInMainFile() throws -> Bool {
    let text = contents("postgresql.conf") ?? ""
    // Bytes: initdb's file has more than 800 lines.
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
    let missing = ["include 'custom.conf'", "include 'override.conf'"].filter { wanted in
      !lines.contains { $0.elementsEqual(wanted.utf8) }
    }
    guard !missing.isEmpty else { return false }
    let ended = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
    let whole = ended + missing.map { $0 + "\n" }.joined()
    try DurableFile.write(Array(whole.utf8), to: "\(paths.data)/postgresql.conf", mode: 0o600)
    return true
  }

  /// Lets postgres itself judge: `postgres -C` reads a configuration, checks each value, prints one and ends. What the
  /// file says already is not judged again, on whichever instance it was: a copy of the data brings it along. Nor is what
  /// follows the pod and the standbys' health: that is ours, and there is no time for it.
  ///
  /// Parameters of extensions are not checked, because their libraries are not loaded.
  ///
  /// - Throws: ``InstanceProblem/invalidConfiguration(_:)``.
  func validate(_ parameters: [String: String], _ override: OverrideConfiguration) async throws {
    let custom = ServerConfiguration.customText(parameters)
    if let judged = self.parameters("custom.conf"),
      ServerConfiguration.lasting(judged) == ServerConfiguration.lasting(parameters)
    {
      return
    }
    let candidate = "\(paths.temporary)/candidate.conf"
    try await Blocking.run {
      try DurableFile.write(Array((custom + override.text).utf8), to: candidate, mode: 0o600)
    }
    do {
      try await programs.run(
        "postgres", ["-D", paths.data, "-c", "config_file=\(candidate)", "-C", "cluster_name"], deadline: .seconds(20))
    } catch InstanceProblem.programFailed(_, let output) {
      throw InstanceProblem.invalidConfiguration(
        Self.explain(output, values: parameters.merging(override.parameters) { $1 }))
    }
  }

  /// Turns what postgres printed into a sentence that names the field, the value and the remedy.
  static func explain(_ output: String, values: [String: String]) -> String {
    var reasons: [String] = []
    for line in output.split(whereSeparator: \.isNewline) {
      guard let level = ["LOG:  ", "HINT:  ", "DETAIL:  "].first(where: { line.contains($0) }),
        let start = line.firstRange(of: level)?.upperBound
      else { continue }
      let text = String(line[start...]).replacing(#/ in file ".*" line \d+/#, with: "")
      if level == "LOG:  " {
        reasons.append(text)
      } else if !reasons.isEmpty {
        reasons[reasons.count - 1] += " (\(text))"
      }
    }
    let named = values.filter { name, _ in reasons.contains { $0.contains("\"\(name)\"") } }.sorted { $0.key < $1.key }
    let fields = named.map { "spec.postgresql.parameters.\($0.key) \"\($0.value)\"" }.joined(separator: ", ")
    let reason = reasons.isEmpty ? InstanceProblem.lastLines(of: output) : reasons.joined(separator: "; ")
    return "\(fields.isEmpty ? "spec.postgresql.parameters" : fields): \(reason). \(ServerConfiguration.remedy)"
  }
}
