import Failover
import Foundation
import Glibc
import Logging
import Processes
import Synchronization

/// Whether the instance's volumes take writes, and have room for more: a page written through to each, every second.
final class DiskWatch: Sendable {
  /// A disk that is busy takes seconds at times; one that takes longer than this is of no use to a primary.
  private static let patience = Duration.seconds(5)
  private static let interval = Duration.seconds(1)
  /// With less room than two segments of write-ahead log postgres ends with a PANIC soon (16 MB each, as initdb has it).
  static let leastRoom: UInt64 = 2 << 24

  private struct Volume {
    /// Since when a write has been waiting.
    var waitsSince: ContinuousClock.Instant?
    var hasRoom = true
  }

  private let paths: [String]
  private let volumes: Mutex<[String: Volume]>
  private let logger: Logger

  /// - Parameters:
  ///   - data: PGDATA.
  ///   - walVolume: mount point of the volume for write-ahead log; nil when there is none.
  init(data: String, walVolume: String?, logger: Logger) {
    paths = [data + ".alive"] + (walVolume.map { [$0 + "/alive"] } ?? [])
    volumes = Mutex(Dictionary(uniqueKeysWithValues: paths.map { ($0, Volume()) }))
    self.logger = logger
  }

  /// A write to one of the volumes does not come to its end.
  var hangs: Bool {
    volumes.withLock { volumes in
      volumes.values.contains { $0.waitsSince.map { ContinuousClock.now - $0 > Self.patience } ?? false }
    }
  }

  var hasRoom: Bool { volumes.withLock { $0.values.allSatisfy(\.hasRoom) } }

  func run() async {
    await withTaskGroup(of: Void.self) { group in
      for path in paths { group.addTask { await self.keepWriting(path) } }
    }
  }

  private func keepWriting(_ path: String) async {
    var said: String?
    while !Task.isCancelled {
      volumes.withLock { $0[path]?.waitsSince = .now }
      var hasRoom = true
      do {
        hasRoom = try await Blocking.run { try Self.write(path) }
        said = nil
      } catch {
        // No room and no answer are reasons to give way; what else there is, people are told once.
        if !Task.isCancelled, said != "\(error)" {
          said = "\(error)"
          logger.error("cannot write to a volume", metadata: ["file": "\(path)", "error": "\(error)"])
        }
      }
      let waited = volumes.withLock { [hasRoom] volumes in
        defer {
          volumes[path]?.waitsSince = nil
          volumes[path]?.hasRoom = hasRoom
        }
        return volumes[path]?.waitsSince.map { ContinuousClock.now - $0 } ?? .zero
      }
      if waited > Self.patience {
        logger.warning("a volume took \(waited) for one page", metadata: ["file": "\(path)"])
      }
      try? await Task.sleep(for: Self.interval)
    }
  }

  /// Returns whether there is room for more. The page is always the same, so that a full volume takes it, too.
  private static func write(_ path: String) throws -> Bool {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      if errno == ENOSPC { return false }
      throw SystemError("open \(path)")
    }
    defer { close(descriptor) }
    let page = [UInt8](repeating: 0, count: 512)
    guard pwrite(descriptor, page, page.count, 0) == page.count, fdatasync(descriptor) == 0 else {
      if errno == ENOSPC { return false }
      throw SystemError("write \(path)")
    }
    var room = statvfs()
    guard fstatvfs(descriptor, &room) == 0 else { throw SystemError("statvfs \(path)") }
    return UInt64(room.f_bavail) * UInt64(room.f_frsize) >= leastRoom
  }
}
