import ClusterAPI
import PostgreSQL

extension ServerConfiguration {
  /// `pg_hba.conf`: our own rules, the user's, LDAP, and passwords for everybody else.
  static func hba(
    _ postgresql: PostgresConfiguration, cluster: Cluster, surroundings: Surroundings
  ) throws(InstanceProblem) -> String {
    var lines = ownRules
    for (index, line) in (postgresql.pg_hba ?? []).enumerated() {
      for expanded in expand(line, selectors: cluster.status?.podSelectorRefs ?? []) {
        if let problem = HBALine.problem(in: expanded, version: surroundings.version) {
          throw .invalidConfiguration(
            "spec.postgresql.pg_hba[\(index)] \"\(HBALine.redacted(line))\": \(problem). \(remedy)")
        }
        lines.append(expanded)
      }
    }
    if let line = try ldapLine(postgresql.ldap, bindPassword: surroundings.ldapBindPassword) { lines.append(line) }
    lines.append("host all all all scram-sha-256")
    return text(lines)
  }

  static func text(_ lines: [String]) -> String { lines.map { $0 + "\n" }.joined() }

  /// While the first data are being made, nobody but the instance manager gets in: what a client would be told is
  /// committed, could still be thrown away.
  /// Of others only those who copy the data are let in while they are made.
  static var bootstrapHBA: String { text(localRules + replicationRules) }

  static var ownRules: [String] {
    localRules + replicationRules + ["hostssl all cnpg_pooler_pgbouncer all cert map=cnpg_pooler_pgbouncer"]
  }

  private static var replicationRules: [String] {
    [
      "hostssl postgres streaming_replica all cert map=cnpg_streaming_replica",
      "hostssl replication streaming_replica all cert map=cnpg_streaming_replica",
    ]
  }

  private static var localRules: [String] {
    [
      "local all cnpg_metrics_exporter peer map=cnpg_metrics_exporter",
      "local all all peer map=local",
    ]
  }

  static var remedy: String { "PostgreSQL keeps running with the last good configuration; correct the value." }

  static func ident(_ postgresql: PostgresConfiguration, surroundings: Surroundings) throws(InstanceProblem) -> String {
    var lines = ownMaps(surroundings)
    for (index, line) in (postgresql.pg_ident ?? []).enumerated() {
      if let problem = IdentLine.problem(in: line) {
        throw .invalidConfiguration("spec.postgresql.pg_ident[\(index)] \"\(line)\": \(problem). \(remedy)")
      }
      lines.append(line)
    }
    return text(lines)
  }

  static func ownMaps(_ surroundings: Surroundings) -> [String] {
    let user = surroundings.operatingSystemUser
    return [
      IdentLine(map: "local", systemName: user, databaseUser: "postgres"),
      IdentLine(
        map: "cnpg_streaming_replica", systemName: "streaming_replica", databaseUser: "streaming_replica"),
      IdentLine(
        map: "cnpg_pooler_pgbouncer", systemName: "cnpg_pooler_pgbouncer", databaseUser: "cnpg_pooler_pgbouncer"),
      IdentLine(map: "cnpg_metrics_exporter", systemName: user, databaseUser: "cnpg_metrics_exporter"),
    ].map(\.text)
  }

  /// A line for each address behind `${podselector:NAME}`; with a name that is not known, a comment that says so.
  static func expand(_ line: String, selectors: [PodSelectorState]) -> [String] {
    guard let start = line.firstRange(of: "${podselector:"),
      let end = line[start.upperBound...].firstIndex(of: "}")
    else { return [line] }
    let name = String(line[start.upperBound..<end])
    guard let selector = selectors.first(where: { $0.name == name }) else {
      return ["# no pod selector \"\(name)\": \(line)"]
    }
    let (before, after) = (line[..<start.lowerBound], line[line.index(after: end)...])
    return (selector.ips ?? []).map { "\(before)\($0)/\($0.contains(":") ? 128 : 32)\(after)" }
  }

  private static func ldapLine(
    _ ldap: LDAPConfiguration?, bindPassword: String?
  ) throws(InstanceProblem) -> String? {
    guard let ldap, let server = ldap.server else { return nil }
    var options: [(String, String)] = [("ldapserver", server)]
    if let port = ldap.port { options.append(("ldapport", String(port))) }
    if let scheme = ldap.scheme { options.append(("ldapscheme", scheme.rawValue)) }
    if ldap.tls { options.append(("ldaptls", "1")) }
    if let bind = ldap.bindAsAuth {
      options += [("ldapprefix", bind.prefix ?? ""), ("ldapsuffix", bind.suffix ?? "")]
    } else if let search = ldap.bindSearchAuth {
      let pairs = [
        ("ldapbasedn", search.baseDN), ("ldapbinddn", search.bindDN), ("ldapbindpasswd", bindPassword),
        ("ldapsearchattribute", search.searchAttribute), ("ldapsearchfilter", search.searchFilter),
      ]
      options += pairs.compactMap { name, value in value.map { (name, $0) } }
    }
    // Inside quotes pg_hba.conf knows no escape at all, so such a value cannot be written.
    if let bad = options.first(where: { $0.1.contains { $0 == "\"" || $0.isNewline } }) {
      throw .invalidConfiguration("spec.postgresql.ldap: \(bad.0) holds a quotation mark or a line break. \(remedy)")
    }
    return "host all all 0.0.0.0/0 ldap " + options.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: " ")
  }
}
