import Foundation
import Processes

/// The files of a ``PKI``. Only their owner may read them: most are keys.
struct PKIFiles {
  let directory: String

  func createDirectory() throws {
    do {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw PKIError(description: "the folder \(directory) for keys cannot be made: \(error.localizedDescription)")
    }
  }

  /// - Returns: nil where there is no such file.
  func read(_ name: String) throws -> String? {
    let path = "\(directory)/\(name)"
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      throw PKIError(description: "\(path) cannot be read: \(error.localizedDescription); check its owner and mode")
    }
  }

  func write(_ text: String, to name: String) throws {
    try DurableFile.write(Array(text.utf8), to: "\(directory)/\(name)", mode: 0o600)
  }
}
