import Foundation
import Kubernetes
import Testing

@testable import ClusterAPI

/// A CRD that is called by its kind in reports.
struct Definition: Sendable, CustomStringConvertible {
  let json: JSON
  var description: String { json[path: ["spec", "names", "kind"]]?.stringValue ?? "" }
}

@Suite("The files made from the declarations")
struct ManifestsTests {
  static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  @Test("are the ones that are committed", arguments: Manifests.customResources + Manifests.reference)
  func committed(_ file: Manifests.File) throws {
    let url = Self.repository.appending(path: file.path)
    if ProcessInfo.processInfo.environment["MATRIARCH_REGENERATE"] == "1" {
      try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data(file.text.utf8).write(to: url)
    }
    let committed = try String(contentsOf: url, encoding: .utf8)
    #expect(
      committed == file.text,
      "\(file.path) is out of date: MATRIARCH_REGENERATE=1 ROOM=ClusterAPI swift test --filter ManifestsTests")
  }

  /// kubectl apply keeps the whole object in an annotation, and annotations hold 262,144 bytes.
  @Test("stay below what kubectl apply can hold", arguments: CustomResources.definitions.map(Definition.init))
  func size(_ definition: Definition) {
    #expect(definition.json.serialized().count < 262_144)
  }

  @Test("hold a definition for every kind of the group")
  func kinds() {
    let defined = CustomResources.definitions.compactMap { $0[path: ["spec", "names", "kind"]]?.stringValue }
    #expect(Set(defined) == Set(APIGroup.resources.map(\.kind)))
  }

  @Test(
    "say nothing of metadata and of strategic merge, which CRDs do not know",
    arguments: CustomResources.definitions.map(Definition.init))
  func structural(_ definition: Definition) throws {
    let schema = try #require(
      definition.json[path: ["spec", "versions"]]?.arrayValue?.first?[path: ["schema", "openAPIV3Schema"]])
    #expect(schema[path: ["properties", "metadata"]] == ["type": "object"])
    #expect(!definition.json.text.contains("x-kubernetes-patch"))
  }

  @Test(
    "can be read back as schemas, nothing in them unsupported",
    arguments: CustomResources.definitions.map(Definition.init))
  func readable(_ definition: Definition) throws {
    let schema = try #require(
      definition.json[path: ["spec", "versions"]]?.arrayValue?.first?[path: ["schema", "openAPIV3Schema"]])
    var unsupported: [String] = []
    _ = try Schema(openAPI: schema, unsupported: &unsupported)
    #expect(unsupported.isEmpty)
  }

  @Test("print the columns that scripts read")
  func columns() throws {
    let clusters = try #require(
      CustomResources.definitions.first { $0[path: ["spec", "names", "kind"]] == "Cluster" })
    let version = try #require(clusters[path: ["spec", "versions"]]?.arrayValue?.first)
    let names = version["additionalPrinterColumns"]?.arrayValue?.compactMap { $0["name"]?.stringValue }
    #expect(names == ["Age", "Instances", "Ready", "Status", "Primary", "SyncTopology"])
    #expect(
      version["subresources"] == [
        "status": [:],
        "scale": [
          "specReplicasPath": ".spec.instances", "statusReplicasPath": ".status.instances",
          "labelSelectorPath": ".status.selector",
        ],
      ])
  }

  /// What the API server checks of a CRD beyond JSON ("structural schemas").
  @Test(
    "require or default the keys that tell list elements apart",
    arguments: CustomResources.definitions.map(Definition.init))
  func listKeys(_ definition: Definition) {
    func check(_ schema: JSON, _ path: String) {
      for key in schema["x-kubernetes-list-map-keys"]?.arrayValue?.compactMap(\.stringValue) ?? [] {
        let isRequired = schema[path: ["items", "required"]]?.arrayValue?.contains(.string(key)) ?? false
        let hasDefault = schema[path: ["items", "properties", key, "default"]] != nil
        #expect(isRequired || hasDefault, "\(path): \(key)")
      }
      for (name, property) in schema["properties"]?.objectValue ?? [:] { check(property, "\(path).\(name)") }
      for part in ["items", "additionalProperties"] { if let inner = schema[part] { check(inner, "\(path).\(part)") } }
    }
    let version = definition.json[path: ["spec", "versions"]]?.arrayValue?.first
    check(version?[path: ["schema", "openAPIV3Schema"]] ?? .null, "")
  }

  @Test("fill in what users of CloudNativePG find filled in, and nothing else")
  func servedDefaults() throws {
    let definition = try #require(
      CustomResources.definitions.first { $0[path: ["spec", "names", "kind"]] == "Cluster" })
    let version = try #require(definition[path: ["spec", "versions"]]?.arrayValue?.first)
    var unsupported: [String] = []
    let schema = try Schema(
      openAPI: #require(version[path: ["schema", "openAPIV3Schema"]]), unsupported: &unsupported)
    let spec = try JSON(
      parsing: #"{"spec":{"storage":{"pvcTemplate":{}},"postgresql":{"ldap":{}},"managed":{"roles":[{"name":"r"}]}}}"#)
    let expected = try JSON(
      parsing: """
        {"spec": {
          "enablePDB": true, "enableSuperuserAccess": false, "failoverDelay": 0, "instances": 1, "logLevel": "info",
          "managed": {"roles": [{"name": "r", "ensure": "present", "inherit": true, "connectionLimit": -1}]},
          "maxSyncReplicas": 0, "minSyncReplicas": 0, "postgresGID": 26, "postgresUID": 26,
          "postgresql": {"ldap": {}}, "primaryUpdateMethod": "restart", "primaryUpdateStrategy": "unsupervised",
          "replicationSlots": {"highAvailability": {"enabled": true, "slotPrefix": "_cnpg_"}, "updateInterval": 30},
          "smartShutdownTimeout": 180, "startDelay": 3600, "stopDelay": 1800,
          "storage": {"pvcTemplate": {}, "resizeInUseVolumes": true}, "switchoverDelay": 3600
        }}
        """)
    #expect(schema.defaulting(spec) == expected)
  }
}
