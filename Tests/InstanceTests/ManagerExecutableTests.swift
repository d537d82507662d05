import Foundation
import Testing

@testable import Instance

@Suite("The manager's program")
final class ManagerExecutableTests {
  private let folder: String
  private var path: String { "\(folder)/manager" }

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-manager-\(UUID())").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  @Test("is copied as an executable file")
  func copied() async throws {
    try await ManagerExecutable.copy(to: path)
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    #expect(FileManager.default.contentsEqual(atPath: own, andPath: path))
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o755)
    // With what lies beside the program that runs: the helper that postgres calls.
    #expect(
      try Set(FileManager.default.contentsOfDirectory(atPath: folder)).subtracting(["matriarch-wal"]) == ["manager"])
  }

  @Test("is left alone where it is that very file already")
  func same() async throws {
    let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: own)
    try await ManagerExecutable.copy(to: path)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == own)
  }
}
