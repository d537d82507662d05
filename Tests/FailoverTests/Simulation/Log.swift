import PostgreSQL

@testable import Failover

/// The write-ahead log of one instance: what pg_wal holds, flushed. An LSN is a number of entries.
struct Log {
  struct Entry: Hashable {
    var timeline: UInt32
    var id: Int
  }

  var entries: [Entry] = []

  var end: LSN { LSN(UInt64(entries.count)) }

  var position: Position { Position(TimelineID(entries.last?.timeline ?? 0), end) }

  /// How many entries two logs share from the beginning.
  func common(with other: Log) -> Int {
    var low = 0
    // Entries are unique and each log is a path in one tree: once different, always different.
    var high = min(entries.count, other.entries.count)
    while low < high {
      let middle = (low + high + 1) / 2
      if entries[middle - 1] == other.entries[middle - 1] { low = middle } else { high = middle - 1 }
    }
    return low
  }
}

extension LSN {
  static func + (lsn: LSN, entries: UInt64) -> LSN { LSN(lsn.byte + entries) }
}
