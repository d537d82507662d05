import Foundation
import Testing

@testable import Processes

@Suite("DurableFile")
struct DurableFileTests {
  private let temporary: TemporaryFolder
  private var folder: String { temporary.path }

  init() throws {
    temporary = try TemporaryFolder("matriarch-durable")
  }

  @Test("replaces a file with the mode asked for and leaves nothing beside it")
  func replaces() throws {
    let path = folder + "/f"
    try DurableFile.write(Array("old".utf8), to: path)
    try DurableFile.write(Array("new".utf8), to: path, mode: 0o600)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "new")
    #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["f"])
    try DurableFile.remove(path)
    try DurableFile.remove(path)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
  }

  @Test("the file systems of files and folders are flushed, and what is not there is an error")
  func flush() throws {
    try DurableFile.write([1], to: folder + "/f")
    try DurableFile.syncFileSystems(of: [folder, folder + "/f", "/dev/shm"])
    let error = #expect(throws: SystemError.self) { try DurableFile.syncFileSystems(of: [folder + "/none"]) }
    #expect(error?.code == ENOENT)
  }

  @Test("a full disk is an error that says so, and nothing is left behind")
  func failure() throws {
    let error = #expect(throws: SystemError.self) { try DurableFile.write([1], to: folder + "/none/f") }
    #expect(error?.code == ENOENT)
    // A folder cannot be replaced by a file: the rename fails, after the temporary file was written.
    try FileManager.default.createDirectory(atPath: folder + "/taken", withIntermediateDirectories: true)
    #expect(throws: SystemError.self) { try DurableFile.write([1], to: folder + "/taken") }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["taken"])
  }
}
