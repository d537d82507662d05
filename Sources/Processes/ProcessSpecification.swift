/// A program to start. What is not named here is not passed on: no open file, no blocked or ignored signal.
public struct ProcessSpecification: Sendable {
  /// Where a standard stream comes from or goes to.
  public enum Stream: Sendable, Equatable {
    case null
    /// That of this process.
    case inherit
    /// An open descriptor of this process; it stays open here.
    case descriptor(Int32)
  }

  /// An absolute path.
  public var executable: String
  /// Without the program's own name, which is the executable's path.
  public var arguments: [String]
  public var environment: [String: String]
  /// Nil: that of this process.
  public var workingDirectory: String?
  public var input: Stream
  public var output: Stream
  public var errorOutput: Stream
  /// Leads a session of its own, without a controlling terminal.
  public var newSession: Bool
  /// Leads a process group of its own, which ``ChildProcess/sendToGroup(_:)`` reaches. A session implies it.
  public var newProcessGroup: Bool
  /// Further descriptors: number here, number in the child (3 or higher).
  public var inheritedDescriptors: [(from: Int32, to: Int32)]

  public init(
    executable: String, arguments: [String] = [], environment: [String: String], workingDirectory: String? = nil,
    input: Stream = .null, output: Stream = .inherit, errorOutput: Stream = .inherit, newSession: Bool = false,
    newProcessGroup: Bool = false, inheritedDescriptors: [(from: Int32, to: Int32)] = []
  ) {
    self.executable = executable
    self.arguments = arguments
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.input = input
    self.output = output
    self.errorOutput = errorOutput
    self.newSession = newSession
    self.newProcessGroup = newProcessGroup
    self.inheritedDescriptors = inheritedDescriptors
  }
}
