import Foundation
import Testing

@testable import LocalCluster

@Suite("A state directory")
struct StateDirectoryTests {
  private func withDirectory(_ names: [String], _ body: (String) throws -> Void) throws {
    let directory = NSTemporaryDirectory() + "matriarch-state-\(UUID())"
    try Directories.create(directory, mode: 0o700)
    defer { try? Directories.remove(directory) }
    for name in names {
      let path = "\(directory)/\(name)"
      try Directories.create((path as NSString).deletingLastPathComponent, mode: 0o700)
      try Directories.write([], to: path, mode: 0o600)
    }
    try body(directory)
  }

  @Test(
    "may be new, empty, one with fetched tools, one whose first start did not get far, and one that is in use",
    arguments: [
      [], ["tools/kubectl/kubectl"], ["tools/x", "bin/matriarch"], ["bin/matriarch.new"],
      ["settings.json", "volumes/x", "something-of-the-user"],
    ])
  func own(names: [String]) throws {
    try withDirectory(names) { try LocalMachine.check(stateDirectory: $0) }
    try LocalMachine.check(stateDirectory: "/no/such/directory")
  }

  @Test("is no directory of somebody else's", arguments: [["notes.txt"], ["bin/ls"], ["tools/x", ".profile"]])
  func foreign(names: [String]) throws {
    try withDirectory(names) { directory in
      let error = try #require(throws: MachineError.self) { try LocalMachine.check(stateDirectory: directory) }
      #expect(error.description.contains(directory))
      #expect(error.description.contains("--state"))
    }
  }

  @Test("loses on removal what is the control plane's, and keeps tools and what somebody else put there")
  func removal() throws {
    let own = ["settings.json", "store.sqlite", "store.sqlite-wal", "bin/matriarch", "volumes/pvc-1/PG_VERSION"]
    try withDirectory(own + ["tools/x", "something-of-the-user"]) { directory in
      try LocalMachine(settings: LocalSettings(stateDirectory: directory, toolsDirectory: "")).removeState()
      #expect(Directories.names(in: directory) == ["something-of-the-user", "tools"])
    }
  }
}

@Suite("The settings of a local control plane")
struct LocalSettingsTests {
  @Test("are read again as they were written; what is no settings file is said to be none")
  func reading() throws {
    let directory = NSTemporaryDirectory() + "matriarch-settings-\(UUID())"
    try Directories.create(directory, mode: 0o700)
    defer { try? Directories.remove(directory) }
    #expect(try LocalSettings.load(from: directory) == nil)
    var settings = LocalSettings(stateDirectory: directory, toolsDirectory: "/t")
    settings.nodeCount = 5
    try settings.save()
    #expect(try LocalSettings.load(from: directory) == settings)
    try Directories.write(Array("{".utf8), to: settings.file, mode: 0o600)
    #expect(throws: MachineError.self) { try LocalSettings.load(from: directory) }
  }

  @Test("have nodes in three zones, however many, each with addresses of its own")
  func nodes() {
    var settings = LocalSettings(stateDirectory: "/s", toolsDirectory: "/t")
    settings.nodeCount = 4
    #expect(settings.nodes.map(\.name) == ["local-1", "local-2", "local-3", "local-4"])
    #expect(settings.nodes.map(\.zone) == ["local-zone-1", "local-zone-2", "local-zone-3", "local-zone-1"])
    let most = LocalSettings.nodeCounts.upperBound
    #expect(settings.nodeAddress(most) == "127.64.0.109")
    #expect(settings.podRange(most) == "127.64.99.0/24")
  }
}
