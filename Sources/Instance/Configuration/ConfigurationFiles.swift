import FoundationEssentials
import Glibc
import PostgreSQL
import Processes

/// The configuration files in PGDATA: written whole, and durably what is read again after a crash.
struct ConfigurationFiles: Sendable {
  let programs: PostgresPrograms
  let paths: InstancePaths

  /// Brings the files to the given contents. Returns whether any of them changed, so that postgres must reload.
  ///
  /// What says who is let in, and what is this instance's alone, is written before each start anyhow: for these nobody waits
  /// for the disk, since clients may be waiting for them.
  func write(_ wanted: [(name: String, text: String)], allowsAlterSystem: Bool) async throws -> Bool {
    try await Blocking.run {
      let changed = wanted.filter { contents($0.name) != $0.text }
      for (name, text) in changed { try write(text, to: name, waitsForDisk: name == "custom.conf") }
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
  func restore(_ name: String, _ text: String, waitsForDisk: Bool = true) async throws {
    try await Blocking.run { try write(text, to: name, waitsForDisk: waitsForDisk) }
  }

  private func write(_ text: String, to name: String, waitsForDisk: Bool) throws {
    try DurableFile.write(Array(text.utf8), to: "\(paths.data)/\(name)", mode: 0o600, waitsForDisk: waitsForDisk)
  }

  /// initdb's settings, with our two files included at the end, where they win. Without its eight hundred lines of comments:
  /// each process of postgres reads them at each reload, many at once when clients have least time for it.
  private func includeInMainFile() throws -> Bool {
    let text = contents("postgresql.conf") ?? ""
    // Bytes, because of those lines.
    let lines = text.utf8.split(separator: UInt8(ascii: "\n"))
    let included = ["include 'custom.conf'", "include 'override.conf'"]
    let isWhole = included.allSatisfy { wanted in lines.contains { $0.elementsEqual(wanted.utf8) } }
    guard !isWhole else { return false }
    let settings = lines.compactMap { String($0) }.filter { line in
      let start = line.utf8.first { !UInt8.blanks.contains($0) }
      return start != nil && start != UInt8(ascii: "#") && !included.contains(line)
    }
    let whole = ["# What initdb found, without its comments; the rest is in the files below."] + settings + included
    try write(whole.map { $0 + "\n" }.joined(), to: "postgresql.conf", waitsForDisk: true)
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

extension UInt8 {
  fileprivate static let blanks: [UInt8] = Array(" \t\r".utf8)
}
