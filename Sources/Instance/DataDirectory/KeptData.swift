import FoundationEssentials
import Glibc
import Processes

/// Data that could not be rewound, kept aside while others are copied in their place: they may hold commits that nobody else
/// has. There is one set at most, where a copy fits beside it, and it goes when its volume needs the room.
struct KeptData: Sendable {
  let data: DataDirectory

  /// Both on the volume where they were: the data, and the write-ahead log that lies elsewhere.
  var path: String { data.path + ".kept" }
  private var walPath: String? { data.walPath.map { $0 + ".kept" } }

  /// Less than this part of the volume free, and what is kept goes.
  private static let shareThatStaysFree = 5

  /// Moves the data aside. Can be broken off anywhere: what is marked as being rewound is never started.
  ///
  /// - Returns: whether there was room for a copy beside them; otherwise they are where they were.
  func keep() throws -> Bool {
    let moves = [(data.path, path)] + (data.walPath.flatMap { wal in walPath.map { [(wal, $0)] } } ?? [])
    for (old, _) in moves where FileManager.default.fileExists(atPath: old) {
      guard try Self.hasRoom(besides: old) else { return false }
    }
    for (old, kept) in moves where FileManager.default.fileExists(atPath: old) {
      try Self.remove(kept)
      guard rename(old, kept) == 0 else { throw SystemError("move \(old) to \(kept)") }
    }
    if let walPath, FileManager.default.fileExists(atPath: walPath) {
      try Self.remove("\(path)/pg_wal")
      try FileManager.default.createSymbolicLink(atPath: "\(path)/pg_wal", withDestinationPath: walPath)
    }
    return true
  }

  /// Removes what is kept if one of its volumes has little room left.
  ///
  /// - Returns: whether it did.
  func giveRoom() throws -> Bool {
    guard access(path, F_OK) == 0 else { return false }
    let places = [path, walPath].compactMap { $0 }
    guard places.contains(where: Self.isShort) else { return false }
    for place in places { try Self.remove(place) }
    return true
  }

  private static func isShort(_ path: String) -> Bool {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { return false }
    return information.f_bavail < information.f_blocks / UInt(shareThatStaysFree)
  }

  /// As much again as is there, and the part of the volume that stays free.
  private static func hasRoom(besides path: String) throws -> Bool {
    var information = statvfs()
    guard statvfs(path, &information) == 0 else { throw SystemError("see how much room there is at \(path)") }
    let block = UInt64(information.f_frsize)
    let free = UInt64(information.f_bavail) * block
    let reserve = UInt64(information.f_blocks) * block / UInt64(shareThatStaysFree)
    return free >= (try size(of: path)) + reserve
  }

  /// In bytes that are really taken.
  private static func size(of path: String) throws -> UInt64 {
    var total: UInt64 = 0
    guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
    for case let name as String in names {
      var information = stat()
      if lstat("\(path)/\(name)", &information) == 0 { total += UInt64(information.st_blocks) * 512 }
    }
    return total
  }

  private static func remove(_ path: String) throws {
    var information = stat()
    guard lstat(path, &information) == 0 else { return }
    try FileManager.default.removeItem(atPath: path)
  }
}
