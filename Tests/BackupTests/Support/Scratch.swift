import Foundation
import NIOCore
import Processes
import Testing

/// A directory of one test, which is gone with it.
final class Scratch: Sendable {
  let path: String

  init() throws {
    path = "/tmp/matriarch-backup-test-\(UUID().uuidString.prefix(8))"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    if getuid() == 0 { chmod(path, 0o755) }
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func write(_ bytes: ByteBuffer, to name: String) throws -> String {
    let file = "\(path)/\(name)"
    try Data(bytes.readableBytesView).write(to: URL(fileURLWithPath: file))
    return file
  }

  func read(_ name: String) throws -> ByteBuffer {
    ByteBuffer(bytes: try Data(contentsOf: URL(fileURLWithPath: "\(path)/\(name)")))
  }
}

/// Programs that judge: Python with Barman and what it reads formats with (`Tests/EndToEnd/barman-tools` installs it).
enum Judge {
  static let tools = ProcessInfo.processInfo.environment["MATRIARCH_TOOLS"] ?? "/var/lib/matriarch/tools"
  static let pythonPath = "\(tools)/barman-tools/bin/python"
  static let hasPython = FileManager.default.isExecutableFile(atPath: pythonPath)

  struct Failure: Error, CustomStringConvertible { var description: String }

  @discardableResult
  static func run(_ program: String, _ arguments: [String], input: ByteBuffer? = nil) async throws -> ByteBuffer {
    let output = try await Tool.run(
      program, arguments, input: input.map { Array($0.readableBytesView) }, deadline: .seconds(120),
      outputLimit: 64 << 20)
    guard output.status.isSuccess else {
      let text = output.errorText.split(separator: "\n").suffix(4).joined(separator: " / ")
      throw Failure(description: "\(program) ended with \(output.status): \(text)")
    }
    return ByteBuffer(bytes: output.output)
  }

  static func python(_ script: String, _ arguments: [String] = []) async throws -> String {
    String(buffer: try await run(pythonPath, ["-c", script] + arguments))
  }
}

/// Bytes that look like a database's: runs, text, noise.
func sampleBytes(_ count: Int, seed: UInt64 = 1) -> ByteBuffer {
  var state = seed
  var bytes: [UInt8] = []
  bytes.reserveCapacity(count + 256)
  while bytes.count < count {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    switch state >> 62 {
    case 0: bytes += [UInt8](repeating: UInt8(truncatingIfNeeded: state >> 40), count: Int(state >> 48 & 255) + 1)
    case 1: bytes += Array("pgbench_accounts \(state >> 50) filler                    ".utf8)
    default: withUnsafeBytes(of: state) { bytes += Array($0) }
    }
  }
  return ByteBuffer(bytes: bytes.prefix(count))
}
