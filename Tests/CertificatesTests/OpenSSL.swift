import Foundation
import Testing

/// The real `openssl`, as a second opinion.
enum OpenSSL {
  struct Output {
    var status: Int32
    var text: String
  }

  /// Runs `openssl ARGUMENTS` with the files given by name in a folder of its own.
  static func run(_ arguments: [String], files: [String: String]) throws -> Output {
    let folder = FileManager.default.temporaryDirectory.appending(path: "matriarch-openssl-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files { try text.write(to: folder.appending(path: name), atomically: false, encoding: .utf8) }
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/openssl")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Output(status: process.terminationStatus, text: String(decoding: data, as: UTF8.self))
  }
}
