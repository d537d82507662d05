import Foundation
import Glibc
import Processes
import Synchronization

/// The bytes of blobs and blocks: one file each, written once, under a name that means nothing. Which blob consists of
/// which files is in the ``BlobIndex``; a file that it does not name is what a crash left behind.
final class ContentFiles: Sendable {
  private let directory: String
  private let readers = Mutex(Readers())

  private struct Readers {
    /// How many answers are being read from a file.
    var counts: [String: Int] = [:]
    /// Files to be removed when the last of them has ended.
    var doomed: Set<String> = []
  }

  /// Blocks: makes a folder for each first byte of a name, so that none becomes large.
  init(directory: String) throws {
    self.directory = directory
    for number in 0..<256 {
      try FileManager.default.createDirectory(
        atPath: "\(directory)/\(Self.hex(UInt8(number)))", withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    }
  }

  func path(_ name: String) -> String { "\(directory)/\(name.prefix(2))/\(name)" }

  /// A name that no file has.
  static func newName() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<16).map { _ in hex(UInt8.random(in: .min ... .max, using: &generator)) }.joined()
  }

  private static func hex(_ byte: UInt8) -> String {
    byte < 16 ? "0" + String(byte, radix: 16) : String(byte, radix: 16)
  }

  /// Removes files that the index does not name any more, each as soon as nobody reads it.
  func remove(_ names: [String]) async {
    let free = readers.withLock { readers in
      names.filter { name in
        guard readers.counts[name] != nil else { return true }
        readers.doomed.insert(name)
        return false
      }
    }
    await unlink(free)
  }

  /// Keeps files that are read until ``release(_:)``.
  func hold(_ names: [String]) {
    readers.withLock { readers in for name in names { readers.counts[name, default: 0] += 1 } }
  }

  func release(_ names: [String]) async {
    let free = readers.withLock { readers in
      names.filter { name in
        guard let count = readers.counts[name] else { return false }
        readers.counts[name] = count > 1 ? count - 1 : nil
        return count == 1 && readers.doomed.remove(name) != nil
      }
    }
    await unlink(free)
  }

  private func unlink(_ names: [String]) async {
    guard !names.isEmpty else { return }
    let paths = names.map(path)
    // A file that stays is found by the next start.
    try? await Blocking.run { for path in paths { Glibc.unlink(path) } }
  }

  /// Removes everything that is not named. Blocks.
  func sweep(keeping names: Set<String>) {
    for folder in Directories.names(in: directory) {
      for name in Directories.names(in: "\(directory)/\(folder)") where !names.contains(name) {
        Glibc.unlink("\(directory)/\(folder)/\(name)")
      }
    }
  }
}
