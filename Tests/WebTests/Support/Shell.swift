import Dispatch
import Foundation

/// Runs a shell command, for the real clients (`curl`, `openssl`).
enum Shell {
  struct Output: Sendable {
    var status: Int32
    var text: String
  }

  static func run(_ command: String) async -> Output {
    await withCheckedContinuation { continuation in
      DispatchQueue(label: "shell").async {
        guard let pipe = popen(command + " 2>&1", "r") else {
          return continuation.resume(returning: Output(status: -1, text: "popen failed"))
        }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = fread(&buffer, 1, buffer.count, pipe), count > 0 { bytes += buffer[..<count] }
        let status = pclose(pipe)
        continuation.resume(
          returning: Output(status: (status >> 8) & 0xFF, text: String(decoding: bytes, as: UTF8.self)))
      }
    }
  }
}
