import Foundation
import Glibc
import Processes

/// The directories that a restore fills. They are empty before it, so that what it has left half done can be removed.
struct RestoreDirectories: Sendable {
  let data: String
  let wal: String?
  let tablespaces: [String]

  private var all: [String] { [data] + (wal.map { [$0] } ?? []) + tablespaces }

  /// A volume of its own has that at its root.
  private static let ignored: Set<String> = ["lost+found"]

  /// - Throws: ``StorageProblem/notEmpty(_:)``; `SystemError` for what cannot be read.
  func check() throws {
    for path in all where access(path, F_OK) == 0 {
      guard try Self.entries(path).isEmpty else { throw StorageProblem.notEmpty(path) }
    }
  }

  /// Makes them, with the mode that postgres wants.
  func make() throws {
    try check()
    for path in all {
      try FileManager.default.createDirectory(
        atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      guard chmod(path, 0o700) == 0 else { throw SystemError("set the mode of \(path)") }
    }
  }

  /// Removes whatever is in them.
  func clear() {
    for path in all {
      for name in (try? Self.entries(path)) ?? [] { try? FileManager.default.removeItem(atPath: "\(path)/\(name)") }
    }
  }

  private static func entries(_ path: String) throws -> [String] {
    guard let directory = opendir(path) else { throw SystemError("open \(path)") }
    closedir(directory)
    return try FileManager.default.contentsOfDirectory(atPath: path).filter { !ignored.contains($0) }
  }
}
