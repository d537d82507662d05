import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Plugin

@Suite("backup")
struct BackupOrderTests {
  private let now = Date(timeIntervalSince1970: 1_790_000_000)
  private var order: BackupOrder { BackupOrder(of: ClusterReference("demo", in: "db")) }

  @Test("asks for what was said and leaves the rest to the cluster")
  func plain() throws {
    let document = try BackupDocument(order.backup(now: now))
    try expectGolden(document.yamlText, "backup")
    #expect(document.sentence == "backup/demo-20260921141320 created\n")
  }

  @Test("takes everything the kind has")
  func full() throws {
    var order = order
    order.name = "mine"
    order.target = .primary
    order.method = .plugin
    order.online = true
    order.immediateCheckpoint = true
    order.pluginName = "barman-cloud.cloudnative-pg.io"
    order.pluginParameters = try BackupOrder.parameters("a=1,b=x=y,c=")
    let document = try BackupDocument(order.backup(now: now))
    try expectGolden(document.jsonText, "backup-full")
    let read = try JSON(parsing: document.jsonText).decoded(as: Backup.self)
    #expect(read.spec.pluginConfiguration?.parameters == ["a": "1", "b": "x=y", "c": ""])
  }

  @Test("needs a plugin's name with the method plugin, and takes none with another")
  func plugins() throws {
    var order = order
    order.method = .plugin
    #expect(throws: BackupOrder.Problem.pluginName(isMissing: true)) { try order.backup(now: now) }
    order.method = .barmanObjectStore
    order.pluginName = "p"
    #expect(throws: BackupOrder.Problem.pluginName(isMissing: false)) { try order.backup(now: now) }
    order.pluginName = nil
    order.pluginParameters = ["a": "1"]
    #expect(throws: BackupOrder.Problem.pluginName(isMissing: false)) { try order.backup(now: now) }
  }

  @Test("refuses parameters that cannot be read", arguments: ["a", "a=1,b", "=1"])
  func parameters(text: String) {
    #expect(throws: BackupOrder.Problem.self) { try BackupOrder.parameters(text) }
  }
}
