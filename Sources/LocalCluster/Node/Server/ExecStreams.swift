import CLinux
import Glibc
import Processes

/// The descriptors between a command in a container and its client: pipes, or a terminal.
struct ExecStreams: Sendable {
  /// What the command gets.
  var input: ProcessSpecification.Stream
  var output: ProcessSpecification.Stream
  var errorOutput: ProcessSpecification.Stream
  /// The command's ends, to be closed once it has them.
  private var theirs: [Int32] = []
  /// Our ends. The same terminal twice, where there is one.
  private(set) var reading: Int32
  private(set) var writing: Int32?
  private(set) var errorReading: Int32?
  /// A further descriptor of the terminal, for its size.
  private(set) var terminal: Int32?

  /// - Throws: ``Directories/Failure`` when the system has no descriptor or terminal left.
  init(_ request: ExecRequest) throws(Directories.Failure) {
    if request.hasTerminal {
      var ours: Int32 = -1
      var slave: Int32 = -1
      guard openpty(&ours, &slave, nil, nil, nil) == 0 else { throw .init("open", "a terminal") }
      for descriptor in [ours, slave] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
      input = .descriptor(slave)
      output = .descriptor(slave)
      errorOutput = .descriptor(slave)
      theirs = [slave]
      reading = ours
      writing = fcntl(ours, F_DUPFD_CLOEXEC, 0)
      terminal = fcntl(ours, F_DUPFD_CLOEXEC, 0)
      return
    }
    input = .null
    if request.hasInput {
      let pipe = try Self.pipe()
      input = .descriptor(pipe.reading)
      theirs.append(pipe.reading)
      writing = pipe.writing
    }
    // Output nobody wants is read all the same and thrown away: the command must not see it closed.
    let pipe = try Self.pipe()
    output = .descriptor(pipe.writing)
    theirs.append(pipe.writing)
    reading = pipe.reading
    let errorPipe = try Self.pipe()
    errorOutput = .descriptor(errorPipe.writing)
    theirs.append(errorPipe.writing)
    errorReading = errorPipe.reading
  }

  /// After the command was started.
  func closeTheirs() { for descriptor in theirs { close(descriptor) } }

  /// After it could not be started.
  func closeAll() {
    closeTheirs()
    for case let descriptor? in [reading, writing, errorReading, terminal] { close(descriptor) }
  }

  static func resize(_ terminal: Int32, columns: UInt16, rows: UInt16) {
    var size = winsize(ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0)
    // The kernel sends SIGWINCH to the foreground process group.
    _ = ioctl(terminal, UInt(TIOCSWINSZ), &size)
  }

  private static func pipe() throws(Directories.Failure) -> (reading: Int32, writing: Int32) {
    var descriptors: [Int32] = [-1, -1]
    guard clinux_pipe(&descriptors) == 0 else { throw .init("make", "a pipe") }
    return (descriptors[0], descriptors[1])
  }
}
