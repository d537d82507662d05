import Glibc

/// What `/proc/PID/stat` says about a process (proc_pid_stat(5)).
public struct ProcessStat: Sendable, Equatable {
  /// `R`, `S`, `D`, `Z`, …
  public let state: Character
  public let parent: pid_t
  /// Clock ticks from the start of the system to that of the process: with its number it names a process for good.
  public let startTime: UInt64

  /// Nil where there is no such process.
  public init?(of pid: pid_t) {
    let descriptor = open("/proc/\(pid)/stat", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var buffer = [UInt8](repeating: 0, count: 1024)
    let count = read(descriptor, &buffer, buffer.count)
    guard count > 0 else { return nil }
    self.init(parsing: String(decoding: buffer[..<count], as: UTF8.self))
  }

  init?(parsing text: String) {
    // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
    guard let end = text.lastIndex(of: ")") else { return nil }
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard
      fields.count > 19, let state = fields[0].first, let parent = pid_t(fields[1]), let startTime = UInt64(fields[19])
    else { return nil }
    self.state = state
    self.parent = parent
    self.startTime = startTime
  }
}
