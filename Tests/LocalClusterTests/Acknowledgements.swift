import Foundation

/// What a process was told that it is written, noted in a file while it goes on, for whoever has it killed.
final class Acknowledgements: Sendable {
  /// So many are noted before the process is killed, on a slow machine too.
  static let least = 20

  private let descriptor: Int32
  private let noted = DispatchSemaphore(value: 0)

  init(folder: String) { descriptor = open(folder + "/acknowledged", O_WRONLY | O_CREAT | O_APPEND, 0o600) }

  func note(_ name: String, _ number: Int64) {
    let line = Array("\(name) \(number) .\n".utf8)
    _ = write(descriptor, line, line.count)
    noted.signal()
  }

  /// Kills this process, from a thread of its own, that long after enough is noted.
  func killProcess(after seconds: Double) {
    Thread { [self] in
      for _ in 0..<Self.least { noted.wait() }
      Thread.sleep(forTimeInterval: seconds)
      kill(getpid(), SIGKILL)
    }.start()
  }

  /// In the order in which they were noted. The last line may have been cut off by the kill.
  static func read(folder: String) throws -> [(name: String, number: Int64)] {
    try String(contentsOfFile: folder + "/acknowledged", encoding: .utf8).split(separator: "\n").compactMap { line in
      let words = line.split(separator: " ")
      guard words.count == 3, words[2] == ".", let number = Int64(words[1]) else { return nil }
      return (String(words[0]), number)
    }
  }
}
