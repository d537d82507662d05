import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("Other kinds are refused")
struct OtherKindsTests {
  private func errors(_ kind: String, _ spec: String, _ metadata: String = #"{"name":"x"}"#) throws -> [String] {
    let object = try JSON(parsing: #"{"metadata":\#(metadata),"spec":\#(spec)}"#)
    guard case .refused(_, let errors, _) = Admission.validate(kind: kind, object) else { return [] }
    return errors.map(\.message)
  }

  @Test("a Backup whose method and fields do not fit")
  func backup() throws {
    #expect(
      try errors("Backup", #"{"cluster":{"name":"c"},"method":"volumeSnapshot"}"#) == [
        #"spec.method: Invalid value: "volumeSnapshot": Cannot use volumeSnapshot backup method due to missing "#
          + "VolumeSnapshot CRD. If you installed the CRD after having started the operator, please restart it to "
          + "enable VolumeSnapshot support"
      ])
    #expect(
      try errors("Backup", #"{"cluster":{"name":"c"},"online":true,"onlineConfiguration":{}}"#) == [
        "spec.online: Invalid value: true: "
          + "Online parameter can be specified only if the backup method is volumeSnapshot",
        #"spec.onlineConfiguration: Invalid value: {"immediateCheckpoint":false,"waitForArchive":true}: "#
          + "OnlineConfiguration parameter can be specified only if the backup method is volumeSnapshot",
      ])
    #expect(
      try errors(
        "Backup", #"{"cluster":{"name":"c"},"method":"plugin"}"#,
        #"{"name":"x","annotations":{"cnpg.io/volumeSnapshotDeadline":"soon"}}"#) == [
          #"spec.pluginConfiguration: Invalid value: "null": cannot be empty when the backup method is plugin"#,
          #"metadata.annotations.cnpg.io/volumeSnapshotDeadline: Invalid value: "soon": must be an integer"#,
        ])
  }

  @Test("a ScheduledBackup whose schedule is none")
  func schedule() throws {
    #expect(
      try errors("ScheduledBackup", #"{"cluster":{"name":"c"},"schedule":"0 0 24 * * *","online":true}"#) == [
        #"spec.schedule: Invalid value: "0 0 24 * * *": End of range (24) above maximum (23): 24"#,
        "spec.online: Invalid value: true: Online parameter can be specified only if the method is volumeSnapshot",
      ])
  }

  @Test("but five fields only bring a warning")
  func fiveFields() throws {
    let object = try JSON(parsing: #"{"metadata":{"name":"x"},"spec":{"cluster":{"name":"c"},"schedule":"0 0 * * *"}}"#)
    let verdict = Admission.validate(kind: "ScheduledBackup", object)
    #expect(
      verdict.warnings == [
        "Schedule parameter may not have the right number of arguments (usually six arguments are needed)"
      ])
  }

  @Test("of methods that nothing comes of, a Backup and a schedule bring a warning")
  func methods() throws {
    for (kind, spec) in [
      ("Backup", #"{"cluster":{"name":"c"},"method":"plugin","pluginConfiguration":{"name":"p"}}"#),
      ("ScheduledBackup", #"{"cluster":{"name":"c"},"method":"plugin","schedule":"0 0 0 * * *"}"#),
    ] {
      let object = try JSON(parsing: #"{"metadata":{"name":"x"},"spec":\#(spec)}"#)
      #expect(
        Admission.validate(kind: kind, object).warnings == [
          "spec.method plugin is accepted but not acted on yet: the backup fails. Use barmanObjectStore."
        ])
    }
  }

  @Test("a Pooler that is not complete or takes what is not its own")
  func pooler() throws {
    #expect(
      try errors(
        "Pooler", #"{"cluster":{"name":"x"},"pgbouncer":{"authQuery":"q","parameters":{"listen_port":"1"}}}"#) == [
          #"spec.pgbouncer.authQuerySecret.name: Invalid value: "": "#
            + "must specify an existing auth query secret when providing an auth query secret",
          #"spec.cluster.parameters: Invalid value: "listen_port": Invalid or reserved parameter"#,
          #"metadata.name: Invalid value: "x": the pooler resource cannot have the same name of a cluster"#,
        ])
    #expect(
      try errors("Pooler", #"{"cluster":{"name":""},"pgbouncer":{"authQuerySecret":{"name":"s"}}}"#) == [
        #"spec.pgbouncer.authQuery: Invalid value: "": must specify an auth query when providing an auth query secret"#,
        #"spec.cluster.name: Invalid value: "": must specify a cluster name"#,
      ])
    let monitored = try errors(
      "Pooler",
      #"{"cluster":{"name":"c"},"pgbouncer":{},"monitoring":{"enablePodMonitor":true,"tls":{"enabled":true}}}"#)
    #expect(monitored.first?.hasPrefix("spec.pgbouncer.clientTLSSecret: Required value: clientTLSSecret is") == true)
  }

  @Test("a Pooler of one's own making brings warnings")
  func poolerWarnings() throws {
    let object = try JSON(
      parsing: #"{"metadata":{"name":"p","namespace":"n"},"spec":{"cluster":{"name":"c"},"pgbouncer":{"authQuery":"q","#
        + #""authQuerySecret":{"name":"s"}},"monitoring":{"podMonitorRelabelings":[{}]}}}"#)
    #expect(
      Admission.validate(kind: "Pooler", object)
        == .accepted(
          warnings: [
            #"The operator won't handle the Pooler "p" integration with the Cluster "c" ("n"). "#
              + "Manually configure it as described in the docs.",
            "spec.pgbouncer.authQuerySecret is deprecated: name the certificate for PgBouncer in serverTLSSecret.",
            "spec.monitoring is deprecated: leave it out and apply a PodMonitor of your own for the pooler's pods.",
            "Pooler objects are accepted but not acted on yet: no pooler is started.",
          ]))
  }

  @Test(
    "nor is any kind that nothing comes of created without a word",
    arguments: APIGroup.resources.map(\.kind).filter {
      !["Cluster", "FailoverQuorum", "Backup", "ScheduledBackup"].contains($0)
    })
  func unsupported(kind: String) {
    #expect(
      UnsupportedKinds.warnings(for: kind).first?.hasPrefix("\(kind) objects are accepted but not acted on") == true)
    #expect(WebhookEndpoint.all.contains { $0.purpose == .validate && $0.kind == kind }, "and somebody asks for it")
  }

  @Test("a Database that names something twice or a wrapper that is not there")
  func database() throws {
    let spec =
      #"{"cluster":{"name":"c"},"name":"d","owner":"o","schemas":[{"name":"s"},{"name":"s"}],"#
      + #""extensions":[{"name":"e"},{"name":"e"}],"fdws":[{"name":"f","options":[{"name":"o","value":"1"},"#
      + #"{"name":"o","value":"2"}]}],"servers":[{"name":"s","fdw":"g","usage":[{"name":"u"},{"name":"u"}]},"#
      + #"{"name":"t","fdw":"g","ensure":"absent"}]}"#
    #expect(
      try errors("Database", spec) == [
        #"spec.extensions[1].name: Duplicate value: "e""#, #"spec.schemas[1].name: Duplicate value: "s""#,
        #"spec.fdws[0].options[1].name: Duplicate value: "o""#,
        #"spec.servers[0].fdw: Invalid value: "g": referenced fdw not defined in spec.fdws"#,
        #"spec.servers[0].usages[1].name: Duplicate value: "u""#,
      ])
  }

  @Test("an object of the wrong shape, with the path of what is wrong")
  func malformed() throws {
    let object = try JSON(parsing: #"{"metadata":{"name":"x"},"spec":{"instances":"three","storage":{"size":"1Gi"}}}"#)
    guard case .refused(let message, _, _) = Admission.validate(kind: "Cluster", object) else {
      Issue.record("accepted")
      return
    }
    #expect(message.hasPrefix(#"Cluster.postgresql.cnpg.io "x" is invalid: "#))
    #expect(message.contains("spec.instances: Invalid value: \"string\""))
    #expect(
      Admission.validate(kind: "Cluster", object).statusMessage
        == "the resource failed admission validation on: spec.instances (see the operator logs for details)")
  }

  @Test("not a kind that has only a schema; a word says that nothing comes of it yet")
  func schemaOnly() {
    #expect(
      Admission.validate(kind: "Publication", [:])
        == .accepted(
          warnings: ["Publication objects are accepted but not acted on yet: no publication is created."]))
  }
}
