import Foundation
import Glibc
import Kubernetes
import Testing

@testable import Instance

/// What may be wrong with a volume.
@Suite(.enabled(if: Sandbox.isInside), .serialized) struct VolumeTests {
  @Test("nothing is touched while somebody else has the data; postgres holds them too", arguments: Sandbox.binaries)
  func lock(binaries: String) async throws {
    let stage = try Stage(binaries)
    let data = "\(stage.directory)/pg-1/data/pgdata"
    let other = DataLock(data: data)
    #expect(try await other.acquire())
    let first = try stage.instance("pg-1")
    try await first.eventually("it says so") {
      first.logText.contains("Another instance manager or its postgres still has the data")
    }
    #expect(!FileManager.default.fileExists(atPath: data))
    other.release()
    try await first.leads(stage)
    #expect(try await !other.acquire())
    let pid = try #require(
      try String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8).split(separator: "\n").first)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/3") == data + ".lock")
    try await first.stop()
    #expect(try await other.acquire(), "free once both have ended")
    other.release()
    try FileManager.default.removeItem(atPath: stage.directory)
  }

  @Test("a directory that the kubelet opened to the pod's group", arguments: Sandbox.binaries)
  func group(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      try await first.leads(stage)
      try await first.stop()
      #expect(chmod(first.environment.paths.data, 0o2770) == 0)
      let second = try stage.instance("pg-1")
      try await second.becomes("SELECT count(*) FROM pg_database WHERE datname = 'appdb'", "1")
    }
  }

  @Test("without room for write-ahead log it ends with exit code 4", arguments: Sandbox.binaries)
  func full(binaries: String) async throws {
    let stage = try Stage(binaries, directory: Sandbox.smallVolume)
    var first = try stage.instance("pg-1")
    try await first.leads(stage)
    let filler = "\(Sandbox.smallVolume)/filler"
    let descriptor = open(filler, O_WRONLY | O_CREAT, 0o600)
    let zeros = [UInt8](repeating: 0, count: 1 << 16)
    while write(descriptor, zeros, zeros.count) > 0 {}
    close(descriptor)
    try first.killPostgres()
    #expect(await first.failure()?.exitCode == 4)
    // Something to write before postgres could start.
    try stage.set(["work_mem": "9MB"])
    first = try stage.instance("pg-1")
    #expect(await first.failure()?.exitCode == 4, "again, as long as it is full")
    unlink(filler)
    first = try stage.instance("pg-1")
    try await first.becomes("SHOW work_mem", "9MB")
    try await first.stop()
    for entry in try FileManager.default.contentsOfDirectory(atPath: Sandbox.smallVolume) {
      try FileManager.default.removeItem(atPath: "\(Sandbox.smallVolume)/\(entry)")
    }
  }

  @Test("a volume for write-ahead log that is lost takes the instance with it", arguments: Sandbox.binaries.suffix(1))
  func lostLog(binaries: String) async throws {
    try await Stage.with(binaries, ["spec": ["walStorage": ["size": "1Gi"]]]) { stage, first in
      try FileManager.default.createDirectory(
        atPath: "\(stage.directory)/pg-2/wal", withIntermediateDirectories: true)
      var second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      try await second.stop()
      let wal = second.environment.paths.walVolume
      try FileManager.default.removeItem(atPath: wal)
      try FileManager.default.createDirectory(atPath: wal, withIntermediateDirectories: true)
      second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      #expect(second.logText.contains("copying the primary's data"))
    }
  }

  @Test("a volume for write-ahead log that comes later is not passed over", arguments: Sandbox.binaries)
  func walStorage(binaries: String) async throws {
    try await Stage.with(binaries) { stage, first in
      try await first.leads(stage)
      try stage.controlPlane.edit(["spec": ["walStorage": ["size": "1Gi"]]])
      try await first.eventually("the condition says what to do") {
        stage.controlPlane.condition?.message.contains("spec.walStorage was given when the data were there") ?? false
      }
      let second = try stage.instance("pg-2")
      try await second.becomes("SELECT status FROM pg_stat_wal_receiver", "streaming")
      #expect(
        try FileManager.default.destinationOfSymbolicLink(atPath: "\(second.environment.paths.data)/pg_wal")
          == second.environment.paths.wal, "a standby made now uses it")
    }
  }
}
