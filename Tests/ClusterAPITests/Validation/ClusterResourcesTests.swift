import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("A Cluster's resources, storage and surroundings are refused")
struct ClusterResourcesTests {
  private static func spec(_ text: String) -> String { #"{"spec":\#(text)}"# }

  static let resources = [
    Refusal(
      "with requests above limits",
      spec(
        #"{"resources":{"requests":{"cpu":2,"memory":"2Gi","ephemeral-storage":"2Gi"},"#
          + #""limits":{"cpu":"500m","memory":"1Gi","ephemeral-storage":"1Gi"}}}"#),
      #"spec.resources.requests.cpu: Invalid value: "2": CPU request is greater than the limit"#,
      #"spec.resources.requests.memory: Invalid value: "2Gi": Memory request is greater than the limit"#,
      #"spec.resources.requests.storage: Invalid value: "2Gi": Ephemeral storage request is greater than the limit"#),
    Refusal(
      "with huge pages by themselves and unequal",
      spec(#"{"resources":{"requests":{"hugepages-2Mi":"2Mi"},"limits":{"hugepages-2Mi":"4Mi"}}}"#),
      #"spec.resources.requests.hugepages-2Mi: Invalid value: "2Mi": HugePages requests must equal the limits"#,
      "spec.resources: Forbidden: HugePages require cpu or memory"),
    Refusal(
      "with less memory than shared_buffers",
      spec(
        #"{"resources":{"requests":{"memory":"256Mi"}},"postgresql":{"parameters":{"shared_buffers":"512MB"}}}"#),
      #"spec.resources.requests: Invalid value: "256Mi": "#
        + "Memory request is lower than PostgreSQL `shared_buffers` value"),
  ]

  private static let longName = String(repeating: "t", count: 64)

  static let storage = [
    Refusal(
      "with a size that is none", spec(#"{"storage":{"size":"big"}}"#),
      #"spec.storage.size: Invalid value: "big": Size value isn't valid"#),
    Refusal(
      "without any size", spec(#"{"storage":null,"walStorage":{}}"#),
      #"spec.storage.size: Invalid value: "": "#
        + "Size not configured. Please add it, or a storage request in the pvcTemplate.",
      #"spec.walStorage.size: Invalid value: "": "#
        + "Size not configured. Please add it, or a storage request in the pvcTemplate."),
    Refusal(
      "with two places for temporary data",
      spec(#"{"ephemeralVolumeSource":{},"ephemeralVolumesSizeLimit":{"temporaryData":"1Gi"}}"#),
      #"spec.ephemeralVolumeSource: Duplicate value: "Conflicting settings: provide either ephemeralVolumeSource "#
        + #"or ephemeralVolumesSizeLimit.TemporaryData, not both.""#),
    Refusal(
      "with tablespaces of bad names",
      spec(
        #"{"tablespaces":[{"name":"a_b","storage":{"size":"1Gi"}},{"name":"A_B","storage":{"size":"1Gi"}},"#
          + #"{"name":"pg_x","storage":{"size":"1Gi"}},{"name":"1","storage":{}},"#
          + #"{"name":"a$b","storage":{"size":"1Gi"}}]}"#),
      #"spec.tablespaces[3].size: Invalid value: "": "#
        + "Size not configured. Please add it, or a storage request in the pvcTemplate.",
      #"spec.tablespaces[1]: Invalid value: "A_B": duplicate tablespace name"#,
      #"spec.tablespaces[2]: Invalid value: "pg_x": tablespace names beginning 'pg_' are reserved for Postgres"#,
      #"spec.tablespaces[3]: Invalid value: "1": tablespace names must be valid Postgres identifiers: "#
        + "a letter or '_' first, then letters, digits, '_' and '$'",
      #"spec.tablespaces[4]: Invalid value: "a$b": tablespace name results in duplicate volume name "a-b": "#
        + "volumes are named in lower case, with a hyphen for '_' and '$'"),
    Refusal(
      "with a tablespace of 64 characters",
      spec(#"{"tablespaces":[{"name":"\#(longName)","storage":{"size":"1Gi"}}]}"#),
      #"spec.tablespaces[0]: Invalid value: "\#(longName)": the maximum length of an identifier is 63 characters"#),
    Refusal(
      "with a snapshot class for an unknown tablespace",
      spec(
        #"{"backup":{"volumeSnapshot":{"tablespaceClassName":{"x":"c"}}}}"#),
      #"spec.backup.volumeSnapshot.tablespaceClassName: Invalid value: "x": "#
        + "there is no tablespace x in spec.tablespaces"),
  ]

  private static let token = "eyJsYXRlc3RDaGVja3BvaW50VGltZWxpbmVJRCI6IjEifQ=="

  static let external = [
    Refusal(
      "with external clusters that repeat and climb",
      spec(
        #"{"externalClusters":[{"name":"a/b","plugin":{"name":"p"},"sslKey":{"name":"..","key":"k"}},"#
          + #"{"name":"a/b","plugin":{"name":"p"}}]}"#),
      #"spec.externalClusters: Invalid value: ["a/b","a/b"]: the list of external clusters contains duplicate values"#,
      #"spec.externalClusters[0].name: Invalid value: "a/b": cannot contain a path separator or a '..' component"#,
      #"spec.externalClusters[0].sslKey.name: Invalid value: "..": "#
        + "cannot contain a path separator or a '..' component",
      #"spec.externalClusters[1].name: Invalid value: "a/b": cannot contain a path separator or a '..' component"#),
    Refusal(
      "as a replica in two ways, of nothing", spec(#"{"replica":{"source":"s","enabled":true,"primary":"p"}}"#),
      "spec.replicaCluster.enabled: Forbidden: replica mode enabled is not compatible with the primary field",
      "spec.bootstrap: Required value: bootstrap configuration is required for replica mode",
      #"spec.replicaCluster.primaryServerName: Invalid value: "s": External cluster s not found"#,
      #"spec.replicaCluster.primary: Invalid value: "p": External cluster p not found"#),
    Refusal(
      "as a replica that begins empty",
      spec(
        #"{"replica":{"source":"s","enabled":true},"bootstrap":{"initdb":{}},"#
          + #""externalClusters":[{"name":"s","plugin":{"name":"p"}}]}"#),
      #"spec.replicaCluster: Invalid value: "": "#
        + "replica mode bootstrap is compatible only with pg_basebackup or recovery"),
    Refusal(
      "with a promotion token and a delay",
      spec(
        #"{"replica":{"source":"s","enabled":false,"promotionToken":"x","minApplyDelay":"1h"},"#
          + #""externalClusters":[{"name":"s","plugin":{"name":"p"}}]}"#),
      #"spec.replicaCluster.minApplyDelay: Invalid value: "x": minApplyDelay cannot be applied with a promotion token"#
    ),
    Refusal(
      "with a promotion token of the wrong form",
      spec(
        #"{"replica":{"source":"s","enabled":false,"promotionToken":"%"},"#
          + #""externalClusters":[{"name":"s","plugin":{"name":"p"}}]}"#),
      #"spec.replicaCluster.token: Invalid value: "%": "#
        + "Invalid promotionToken format: it is no text in base64"),
    Refusal(
      "with a promotion token that is no JSON",
      spec(
        #"{"replica":{"source":"s","enabled":false,"promotionToken":"eA=="},"#
          + #""externalClusters":[{"name":"s","plugin":{"name":"p"}}]}"#),
      #"spec.replicaCluster.token: Invalid value: "eA==": "#
        + "Invalid promotionToken format: it holds no JSON object"),
    Refusal(
      "with a promotion token for a replica, which calls itself by an unknown name",
      spec(
        #"{"replica":{"source":"s","self":"me","primary":"s","promotionToken":"eA=="},"#
          + #""bootstrap":{"pg_basebackup":{"source":"s","database":"a","owner":"a"}},"#
          + #""externalClusters":[{"name":"s","plugin":{"name":"p"}}]}"#),
      #"spec.replicaCluster.self: Invalid value: "me": External cluster me not found"#,
      #"spec.replicaCluster.token: Invalid value: "eA==": promotionToken is only allowed for primary clusters"#),
    Refusal(
      "with a promotion token of too little content",
      spec(
        #"{"replica":{"source":"s","enabled":false,"promotionToken":"\#(token)"},"#
          + #""externalClusters":[{"name":"s","plugin":{"name":"p"}}]}"#),
      #"spec.replicaCluster.token: Invalid value: "\#(token)": "#
        + "Invalid promotionToken content: it does not say the REDO WAL file"),
  ]

  @Test(arguments: resources + storage + external)
  func refused(_ refusal: Refusal) throws {
    let findings = try Examples.cluster(refusal.change).validateCreate()
    #expect(findings.errors.map(\.message) == refusal.messages)
  }
}
