import Foundation
import Glibc

/// A directory whose files change all at once: `file` → `..data/file`, `..data` → `..2026…`, and the switch is the
/// renaming of `..data`. The same layout as the kubelet's, which programs rely on when they watch for changes.
enum AtomicDirectory {
  /// Makes the directory hold exactly the payload. Blocks.
  ///
  /// - Returns: whether anything changed.
  @discardableResult
  static func write(_ payload: VolumePayload, to directory: String, now: Date = .now) throws -> Bool {
    try Directories.create(directory, mode: 0o777)
    let link = directory + "/..data"
    let old = (try? FileManager.default.destinationOfSymbolicLink(atPath: link))
    if let old, read("\(directory)/\(old)") == payload { return false }

    let name = "..\(Int(now.timeIntervalSince1970 * 1000)).\(UInt32.random(in: .min ... .max))"
    try Directories.create("\(directory)/\(name)", mode: 0o755)
    for (path, file) in payload.files {
      let full = "\(directory)/\(name)/\(path)"
      if let slash = full.lastIndex(of: "/") { try Directories.create(String(full[..<slash]), mode: 0o755) }
      try Directories.write(file.bytes, to: full, mode: file.mode)
    }
    let temporary = directory + "/..data_tmp"
    unlink(temporary)
    guard symlink(name, temporary) == 0 else { throw Directories.Failure("link", temporary) }
    guard rename(temporary, link) == 0 else { throw Directories.Failure("switch", link) }

    let wanted = Set(payload.files.keys.map { String($0.prefix { $0 != "/" }) })
    for entry in wanted {
      let path = "\(directory)/\(entry)"
      if (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) == "..data/\(entry)" { continue }
      guard symlink("..data/\(entry)", path) == 0 || errno == EEXIST else { throw Directories.Failure("link", path) }
    }
    for entry in Directories.names(in: directory) where entry != "..data" && entry != name && !wanted.contains(entry) {
      try Directories.remove("\(directory)/\(entry)")
    }
    return true
  }

  private static func read(_ directory: String) -> VolumePayload? {
    guard let entries = FileManager.default.enumerator(atPath: directory) else { return nil }
    var payload = VolumePayload()
    for case let entry as String in entries {
      guard let attributes = entries.fileAttributes, attributes[.type] as? FileAttributeType == .typeRegular else {
        continue
      }
      guard let bytes = FileManager.default.contents(atPath: "\(directory)/\(entry)"),
        let mode = attributes[.posixPermissions] as? NSNumber
      else { return nil }
      payload.files[entry] = .init(bytes: Array(bytes), mode: mode_t(mode.uint32Value))
    }
    return payload
  }
}
