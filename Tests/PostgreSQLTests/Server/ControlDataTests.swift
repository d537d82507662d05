import Foundation
import Testing

@testable import PostgreSQL

@Suite struct ControlDataTests {
  private let output = """
    pg_control version number:            1300
    Catalog version number:               202209061
    Database system identifier:           7575757575757575757
    Database cluster state:               in archive recovery
    pg_control last modified:             Mon 23 Nov 2026 09:14:00 AM UTC
    Latest checkpoint location:           0/3000110
    Latest checkpoint's REDO location:    0/30000D8
    Latest checkpoint's TimeLineID:       2
    Latest checkpoint's PrevTimeLineID:   1
    Minimum recovery ending location:     0/30001C0
    Min recovery ending loc's timeline:   2
    wal_level setting:                    logical
    max_connections setting:              400
    max_worker_processes setting:         32
    max_wal_senders setting:              10
    max_prepared_xacts setting:           400
    max_locks_per_xact setting:           64
    Bytes per WAL segment:                16777216
    Data page checksum version:           1
    """

  @Test func readsWhatAStandbyNeedsToKnow() throws {
    let control = try ControlData(programOutput: output)
    #expect(control.systemIdentifier == SystemIdentifier(7_575_757_575_757_575_757))
    #expect(control.state == .inArchiveRecovery)
    #expect(control.timeline == TimelineID(2))
    #expect(control.minimumRecoveryEnd == LSN("0/30001C0"))
    #expect(control.segmentSize == .standard)
    #expect(control.dataChecksums)
    #expect(control.recordedParameters["max_prepared_transactions"] == 400)
    #expect(control.recordedParameters.count == 5)
  }

  @Test func aMissingLabelIsNamed() {
    let cut = output.replacing("Database cluster state:", with: "Etat du cluster:")
    #expect(throws: ControlDataError(label: "Database cluster state", value: nil)) {
      try ControlData(programOutput: cut)
    }
  }

  @Test func anUnknownStateIsNamed() {
    let odd = output.replacing("in archive recovery", with: "on holiday")
    #expect(throws: ControlDataError(label: "Database cluster state", value: "on holiday")) {
      try ControlData(programOutput: odd)
    }
  }
}

@Suite struct ServerVersionTests {
  @Test(
    "is read from what the program prints",
    arguments: [
      ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n", ServerVersion(major: 15, minor: 18)),
      ("postgres (PostgreSQL) 18beta1", ServerVersion(major: 18)),
    ])
  func programOutput(text: String, version: ServerVersion) {
    #expect(ServerVersion(programOutput: text) == version)
  }

  @Test func isReadFromTheNumber() {
    #expect(ServerVersion(number: 150018) == ServerVersion(major: 15, minor: 18))
    #expect(ServerVersion(programOutput: "bash 5.2") == nil)
  }
}

@Suite struct ReplicationSlotNameTests {
  @Test(
    "holds only what PostgreSQL allows",
    arguments: [("pg-1", "_cnpg_pg_1"), ("My--Cluster.x-12", "_cnpg_my_cluster_x_12")])
  func names(instance: String, slot: String) {
    #expect(ReplicationSlotName.of(instance: instance) == slot)
  }

  @Test func isNeverLongerThanAnIdentifier() {
    #expect(ReplicationSlotName.of(instance: String(repeating: "a", count: 80)).count == 63)
  }
}

@Suite("The checkpoint in a control file") struct ShutdownCheckpointTests {
  /// A control file as far as its latest checkpoint's timeline.
  private func checkpoint(state: UInt32?) throws -> (timeline: TimelineID, lsn: LSN)? {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: directory) }
    try FileManager.default.createDirectory(
      at: directory.appendingPathComponent("global"), withIntermediateDirectories: true)
    if let state {
      var bytes = Data(count: 60)
      func put(_ value: some FixedWidthInteger, at offset: Int) {
        withUnsafeBytes(of: value) { bytes.replaceSubrange(offset..<offset + $0.count, with: $0) }
      }
      put(state, at: 16)
      put(UInt64(0x1_5000028), at: 32)
      put(UInt64(0x1_4000000), at: 40)
      put(UInt32(7), at: 48)
      try bytes.write(to: directory.appendingPathComponent("global/pg_control"))
    }
    return ControlData.shutdownCheckpoint(inDirectory: directory.path)
  }

  @Test("is there once a primary is shut down")
  func shutDown() throws {
    let found = try #require(try checkpoint(state: 1))
    #expect(found.timeline == TimelineID(7))
    #expect(found.lsn == LSN(0x1_5000028))
  }

  @Test("is not there in any other state: shut down in recovery, shutting down, in production", arguments: [2, 3, 6])
  func otherStates(state: UInt32) throws { #expect(try checkpoint(state: state) == nil) }

  @Test("without a file nothing is shut down")
  func missing() throws { #expect(try checkpoint(state: nil) == nil) }
}
