import Foundation

/// A folder that goes with the last reference to it.
final class TemporaryFolder: Sendable {
  let path: String

  init(_ name: String) throws {
    let url = FileManager.default.temporaryDirectory.appending(path: "\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path()
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }
}
