import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("Defaulting a Cluster")
struct ClusterDefaultsTests {
  static let settings = DefaultingSettings(
    postgresImage: "example.org/postgresql:18.1", hasQueriesConfigMap: true, includedPlugins: ["p"])

  private func defaulted(_ spec: String, annotations: String = "{}") throws -> JSON {
    let cluster = try JSON(parsing: #"{"metadata":{"name":"pg","annotations":\#(annotations)},"spec":\#(spec)}"#)
    return Cluster.defaulted(cluster, settings: Self.settings)["spec"] ?? .null
  }

  @Test("adds to the reference manifest exactly what depends on more than one field")
  func reference() throws {
    let before = Cluster.schema.defaulting(ReferenceManifests.cluster)
    let after = Cluster.defaulted(before, settings: Self.settings)
    let difference = try JSON(
      parsing: """
        {"spec": {
          "imageName": "example.org/postgresql:18.1",
          "affinity": {"podAntiAffinityType": "preferred"},
          "bootstrap": {"initdb": {"encoding": "UTF8", "localeCollate": "C", "localeCType": "C"}},
          "monitoring": {"customQueriesConfigMap": [{"name": "cnpg-default-monitoring", "key": "queries"}]},
          "replicationSlots": {"synchronizeReplicas": {"enabled": true}},
          "plugins": [{"name": "p", "enabled": true}],
          "probes": {"liveness": {"isolationCheck":
            {"enabled": true, "requestTimeout": 1000, "connectionTimeout": 1000}}},
          "postgresql": {"parameters": {
            "archive_mode": "on", "dynamic_shared_memory_type": "posix", "full_page_writes": "on",
            "log_destination": "csvlog", "log_directory": "/controller/log", "log_filename": "postgres",
            "log_rotation_age": "0", "log_rotation_size": "0", "log_truncate_on_rotation": "false",
            "logging_collector": "on", "shared_memory_type": "mmap", "shared_preload_libraries": "",
            "ssl_max_protocol_version": "TLSv1.3", "ssl_min_protocol_version": "TLSv1.3",
            "wal_level": "logical", "wal_log_hints": "on", "wal_receiver_timeout": "5s", "wal_sender_timeout": "5s"
          }}
        }}
        """)
    #expect(MergePatch.difference(from: before, to: after) == difference)
  }

  @Test("a second time changes nothing")
  func idempotent() {
    for manifest in [ReferenceManifests.cluster, ReferenceManifests.recovered, Examples.cluster] {
      let once = Cluster.defaulted(manifest, settings: Self.settings)
      #expect(Cluster.defaulted(once, settings: Self.settings) == once)
      #expect(Cluster.defaultingPatch(once, settings: Self.settings) == nil)
    }
  }

  @Test("answers a JSON patch that leads to the same")
  func patch() throws {
    let patch = try #require(Cluster.defaultingPatch(ReferenceManifests.cluster, settings: Self.settings))
    #expect(
      try JSONPatch.apply(patch, to: ReferenceManifests.cluster)
        == Cluster.defaulted(ReferenceManifests.cluster, settings: Self.settings))
  }

  @Test("gives an empty Cluster the database app")
  func empty() throws {
    let spec = try defaulted("{}")
    #expect(
      spec["bootstrap"] == [
        "initdb": [
          "database": "app", "owner": "app", "encoding": "UTF8", "localeCollate": "C", "localeCType": "C",
        ]
      ])
    #expect(spec[path: ["replicationSlots", "highAvailability"]] == ["enabled": true, "slotPrefix": "_cnpg_"])
  }

  @Test("makes the database's name that of its owner")
  func owner() throws {
    #expect(
      try defaulted(#"{"bootstrap":{"initdb":{"database":"d"}}}"#)[path: ["bootstrap", "initdb", "owner"]] == "d")
    #expect(
      try defaulted(#"{"bootstrap":{"recovery":{"source":"s"}}}"#)["bootstrap"] == [
        "recovery": ["source": "s", "database": "app", "owner": "app"]
      ])
  }

  @Test("gives a monolith no database")
  func monolith() throws {
    let spec = try defaulted(
      #"{"bootstrap":{"initdb":{"import":{"type":"monolith","databases":["*"],"source":{"externalCluster":"o"}}}}}"#)
    #expect(spec[path: ["bootstrap", "initdb", "database"]] == nil)
    #expect(spec[path: ["bootstrap", "initdb", "encoding"]] == "UTF8")
  }

  @Test("keeps what users cannot set, for validation to refuse it")
  func reserved() throws {
    let spec = try defaulted(#"{"postgresql":{"parameters":{"port":"1","archive_mode":"off"}}}"#)
    #expect(spec[path: ["postgresql", "parameters", "port"]] == "1")
    #expect(spec[path: ["postgresql", "parameters", "archive_mode"]] == "on")
  }

  @Test("sets archive_mode by what the cluster is")
  func archiveMode() throws {
    let replica = try defaulted(#"{"replica":{"source":"s","enabled":true}}"#)
    #expect(replica[path: ["postgresql", "parameters", "archive_mode"]] == "always")
    let silent = try defaulted("{}", annotations: #"{"cnpg.io/skipWalArchiving":"enabled"}"#)
    #expect(silent[path: ["postgresql", "parameters", "archive_mode"]] == "off")
  }

  @Test("leaves parameters alone where the image tells no version")
  func noVersion() throws {
    let spec = try defaulted(#"{"imageName":"pg:bookworm"}"#)
    #expect(spec["postgresql"] == nil)
  }

  @Test("leaves a cluster that exists on the image it has, whatever the default is by now")
  func pinnedImage() throws {
    let cluster = try JSON(
      parsing: #"{"metadata":{"name":"pg"},"spec":{},"status":{"image":"example.org/postgresql:17.2"}}"#)
    let spec = Cluster.defaulted(cluster, settings: Self.settings)["spec"]
    #expect(spec?["imageName"] == "example.org/postgresql:17.2")
  }

  @Test("does not add an image beside a catalog, nor queries that are switched off")
  func alternatives() throws {
    let spec = try defaulted(
      #"{"imageCatalogRef":{"apiGroup":"postgresql.cnpg.io","kind":"ImageCatalog","name":"c","major":17},"#
        + #""monitoring":{"disableDefaultQueries":true},"affinity":{"enablePodAntiAffinity":false}}"#)
    #expect(spec["imageName"] == nil)
    #expect(spec["monitoring"] == ["disableDefaultQueries": true])
    #expect(spec["affinity"] == ["enablePodAntiAffinity": false])
  }

  @Test("gives tablespaces to the application's owner")
  func tablespaces() throws {
    let spec = try defaulted(
      #"{"bootstrap":{"initdb":{"database":"d","owner":"o"}},"tablespaces":[{"name":"a","storage":{"size":"1Gi"}},"#
        + #"{"name":"b","storage":{"size":"1Gi"},"owner":{"name":"x"}}]}"#)
    #expect(spec["tablespaces"]?.arrayValue?.map { $0[path: ["owner", "name"]] } == ["o", "x"])
  }

  @Test("reads the annotations that fields came from")
  func annotations() throws {
    let spec = try defaulted(
      #"{"postgresql":{"synchronous":{"method":"any","number":1}}}"#,
      annotations: #"{"alpha.cnpg.io/failoverQuorum":"t","alpha.cnpg.io/livenessPinger":"{\"enabled\":false}"}"#)
    #expect(
      spec[path: ["postgresql", "synchronous"]] == [
        "method": "any", "number": 1, "dataDurability": "required", "failoverQuorum": true,
      ])
    #expect(spec[path: ["probes", "liveness", "isolationCheck", "enabled"]] == false)
  }

  @Test("sets a backup's target only where there is a backup section")
  func backupTarget() throws {
    #expect(try defaulted("{}")["backup"] == nil)
    #expect(try defaulted(#"{"backup":{}}"#)["backup"] == ["target": "prefer-standby"])
  }
}
