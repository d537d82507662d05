import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("A Cluster's configuration of PostgreSQL is refused")
struct ClusterParametersTests {
  private static func parameters(_ text: String) -> String { #"{"spec":{"postgresql":{"parameters":\#(text)}}}"# }
  private static func postgresql(_ text: String) -> String { #"{"spec":{"postgresql":\#(text)}}"# }
  private static func invalid(_ name: String, _ value: String, _ detail: String) -> String {
    "spec.postgresql.parameters.\(name): Invalid value: \(value): \(detail)"
  }

  static let parameterRefusals = [
    Refusal(
      "with a line break in a name", parameters(#"{"a\nb":"1"}"#),
      invalid(
        "a\nb", #""a\nb""#,
        "must be a valid PostgreSQL configuration parameter name (a GUC name, optionally namespaced with a single dot)")
    ),
    Refusal(
      "with a fixed parameter", parameters(#"{"port":"5432"}"#),
      invalid("port", #""5432""#, "Can't set fixed configuration parameter")),
    Refusal(
      "with a fixed parameter in another spelling", parameters(#"{"Unix_Socket_Permissions":"0777"}"#),
      invalid("Unix_Socket_Permissions", #""0777""#, "Can't set fixed configuration parameter")),
    Refusal(
      "with two spellings of a parameter", parameters(#"{"Work_Mem":"1MB","work_mem":"2MB"}"#),
      invalid(
        "work_mem", #""2MB""#,
        "is the same parameter as Work_Mem: names are not case-sensitive. Give one of the two")),
    Refusal(
      "with a blocked parameter that equals what is mandatory", parameters(#"{"hot_standby":"true"}"#),
      invalid("hot_standby", #""true""#, "Can't set fixed configuration parameter")),
    Refusal(
      "with archive_mode other than what follows from the Cluster", parameters(#"{"archive_mode":"off"}"#),
      invalid("archive_mode", #""off""#, "Can't set fixed configuration parameter")),
    Refusal(
      "with an unknown wal_level", parameters(#"{"wal_level":"hot"}"#),
      invalid(
        "wal_level", #""hot""#, "unrecognized `wal_level` value - allowed values: `logical`, `replica`, `minimal`")),
    Refusal(
      "with wal_level minimal where log is needed", parameters(#"{"wal_level":"minimal","max_wal_senders":"0"}"#),
      invalid(
        "wal_level", #""minimal""#,
        "`wal_level` should be set at `logical` or `replica` when `archive_mode` is `on`, "
          + "'.instances' field is greater than 1, or this is a replica cluster")),
    Refusal(
      "with wal_level minimal and WAL senders",
      #"{"metadata":{"annotations":{"cnpg.io/skipWalArchiving":"enabled"}},"spec":{"instances":1,"minSyncReplicas":0,"#
        + #""maxSyncReplicas":0,"postgresql":{"parameters":{"wal_level":"minimal"}}}}"#,
      invalid(
        "max_wal_senders", #""minimal""#, "`max_wal_senders` should be set at `0` when `wal_level` is `minimal`")),
    Refusal(
      "with shared_buffers in no unit of PostgreSQL", parameters(#"{"shared_buffers":"1Gi"}"#),
      invalid(
        "shared_buffers", #""shared_buffers""#,
        "Invalid value for configuration parameter shared_buffers. "
          + "More info on accepted values format: a whole number and one of the units kB, MB, GB, TB, such as 256MB")),
    Refusal(
      "with wal_log_hints that is no boolean", parameters(#"{"wal_log_hints":"perhaps"}"#),
      invalid("wal_log_hints", #""perhaps""#, "invalid `wal_log_hints` value. Must be a postgres boolean")),
    Refusal(
      "with a min_wal_size that is none", parameters(#"{"min_wal_size":"little"}"#),
      invalid("min_wal_size", #""little""#, "Invalid value for configuration parameter min_wal_size")),
    Refusal(
      "with min_wal_size beyond its volume",
      #"{"spec":{"walStorage":{"size":"1Gi"},"postgresql":{"parameters":{"min_wal_size":"2GB","max_wal_size":"3GB"}}}}"#,
      invalid(
        "min_wal_size", #""2GB""#,
        "Invalid value. Parameter min_wal_size (default 80MB) should be smaller than WAL volume size"),
      invalid(
        "max_wal_size", #""3GB""#,
        "Invalid value. Parameter max_wal_size (default 1GB) should be smaller than WAL volume size")),
    Refusal(
      "with booleans that are none", parameters(#"{"hot_standby_feedback":"maybe","sync_replication_slots":"o"}"#),
      invalid("hot_standby_feedback", #""maybe""#, "invalid `hot_standby_feedback` value. Must be a postgres boolean"),
      invalid("sync_replication_slots", #""o""#, "invalid `sync_replication_slots` value. Must be a postgres boolean")),
    Refusal(
      "with wal_log_hints off and standbys", parameters(#"{"wal_log_hints":"off"}"#),
      invalid("wal_log_hints", #""off""#, "`wal_log_hints` must be set to `on` when `instances` > 1")),
    Refusal(
      "with min_wal_size not below max_wal_size", parameters(#"{"min_wal_size":"1GB"}"#),
      invalid(
        "min_wal_size", #""1GB""#,
        "Invalid vale. Parameter min_wal_size (default 80MB) should be smaller than "
          + "parameter max_wal_size (default 1GB)")),
    Refusal(
      "with a max_wal_size that is none", parameters(#"{"max_wal_size":"much"}"#),
      invalid("max_wal_size", #""much""#, "Invalid value for configuration parameter max_wal_size")),
    Refusal(
      "with max_wal_size beyond its volume",
      #"{"spec":{"walStorage":{"size":"1Gi"},"postgresql":{"parameters":{"max_wal_size":"1GB"}}}}"#,
      invalid(
        "max_wal_size", #""1GB""#,
        "Invalid value. Parameter max_wal_size (default 1GB) should be smaller than WAL volume size")),
  ]

  static let accessRefusals = [
    Refusal(
      "with an unknown descriptor in pg_hba", postgresql(#"{"pg_hba":["host all all ${x:y} md5"]}"#),
      #"spec.postgresql.pg_hba[0]: Invalid value: "host all all ${x:y} md5": unknown descriptor type: x"#),
    Refusal(
      "with an unknown selector in pg_hba", postgresql(#"{"pg_hba":["host all all ${podselector:y} md5"]}"#),
      #"spec.postgresql.pg_hba[0]: Invalid value: "host all all ${podselector:y} md5": pod selector not found: y"#),
    Refusal(
      "with two selectors in a line and a selector twice",
      #"{"spec":{"podSelectorRefs":[{"name":"a","selector":{}},{"name":"a","selector":{}}],"#
        + #""postgresql":{"pg_hba":["${podselector:a} ${podselector:a}"]}}}"#,
      #"spec.postgresql.pg_hba[0]: Invalid value: "${podselector:a} ${podselector:a}": "#
        + "at most one podselector reference is allowed per line",
      #"spec.podSelectorRefs[1].name: Duplicate value: "a""#),
    Refusal(
      "with a selector of pods that is none",
      #"{"spec":{"podSelectorRefs":[{"name":"a","selector":{"matchExpressions":[{"key":"k","operator":"Near"}]}}]}}"#,
      #"spec.podSelectorRefs[0].selector: Invalid value: {"matchExpressions":[{"key":"k","operator":"Near"}]}: "#
        + #""Near" is not a valid label selector operator"#),
    Refusal(
      "with LDAP of no server and two methods", postgresql(#"{"ldap":{"bindAsAuth":{},"bindSearchAuth":{}}}"#),
      #"spec.postgresql.ldap: Invalid value: "": "#
        + "ldap server cannot be empty if any other ldap parameters are specified",
      #"spec.postgresql.ldap: Invalid value: "bindAsAuth or bindSearchAuth": "#
        + "only bind+search or bind method can be specified"),
  ]

  static let extensionRefusals = [
    Refusal(
      "with extensions that repeat or collide",
      postgresql(
        #"{"extensions":[{"name":"a_b","image":{"reference":"i"}},{"name":"a_b"},"#
          + #"{"name":"a-b","image":{"reference":"i"}},{"name":""}]}"#),
      #"spec.postgresql.extensions[1].name: Duplicate value: "a_b""#,
      #"spec.postgresql.extensions[2].name: Invalid value: "a-b": extension name results in duplicate volume name "#
        + #""a-b" after sanitization (underscores are converted to hyphens)"#,
      #"spec.postgresql.extensions[3].name: Invalid value: "": value cannot be empty"#),
    Refusal(
      "with an extension without image", postgresql(#"{"extensions":[{"name":"x"}]}"#),
      #"spec.postgresql.extensions[0].image.reference: Invalid value: "": "#
        + "Image reference for extension `x` must be set when no image catalog is configured"),
    Refusal(
      "with an extension that climbs out and takes over the environment",
      postgresql(
        #"{"extensions":[{"name":"x","image":{"reference":"i"},"bin_path":["a/../../b"],"#
          + #""env":[{"name":"PGDATA","value":"v"},{"name":"PATH","value":"${x}"}]}]}"#),
      #"spec.postgresql.extensions[0].bin_path[0]: Invalid value: "a/../../b": "#
        + "path must not escape the extension directory",
      #"spec.postgresql.extensions[0].env[0].name: Invalid value: "PGDATA": "#
        + "the usage of this environment variable is reserved for the operator",
      "spec.postgresql.extensions[0].env[1].name: Forbidden: "
        + "PATH must be configured via spec.postgresql.extensions[0].bin_path",
      #"spec.postgresql.extensions[0].env[1].value: Invalid value: "${x}": "#
        + "unsupported placeholder(s): ${x}; supported: ${image_root}"),
  ]

  private static let folders = "spec.postgresql.extensions[0]"

  static let extensionContentRefusals = [
    Refusal(
      "with an extension's folders that repeat or have no name",
      postgresql(#"{"extensions":[{"name":"x","image":{"reference":"i"},"ld_library_path":["a","","a"]}]}"#),
      #"\#(folders).ld_library_path[1]: Invalid value: "": value cannot be empty"#,
      #"\#(folders).ld_library_path[2]: Duplicate value: "a""#),
    Refusal(
      "with an extension's variables that repeat or have a field of their own",
      postgresql(
        #"{"extensions":[{"name":"x","image":{"reference":"i"},"env":[{"name":"A","value":"1"},"#
          + #"{"name":"LD_LIBRARY_PATH","value":"$${image_root}"},{"name":"A","value":"2"}]}]}"#),
      "\(folders).env[1].name: Forbidden: LD_LIBRARY_PATH must be configured via \(folders).ld_library_path",
      #"\#(folders).env[2].name: Duplicate value: "A""#),
  ]

  @Test(arguments: parameterRefusals + extensionContentRefusals + accessRefusals + extensionRefusals)
  func refused(_ refusal: Refusal) throws {
    let findings = try Examples.cluster(refusal.change).validateCreate()
    #expect(findings.errors.map(\.message) == refusal.messages)
  }

  @Test("but not for what defaulting itself wrote")
  func defaulted() throws {
    let cluster = Cluster.defaulted(Examples.cluster, settings: DefaultingSettings(postgresImage: "pg:18.1"))
    #expect(cluster[path: ["spec", "postgresql", "parameters", "logging_collector"]] == "on")
    #expect(try cluster.decoded(as: Cluster.self).validateCreate().isAccepted)
  }
}
