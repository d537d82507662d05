import Glibc

/// What a tool said and how it ended.
public struct ToolOutput: Sendable, Equatable {
  public let status: ExitStatus
  public let output: [UInt8]
  public let errorOutput: [UInt8]
  /// Whether a stream was longer than the limit; what came first was dropped.
  public let isTruncated: Bool

  public var text: String { String(decoding: output, as: UTF8.self) }
  public var errorText: String { String(decoding: errorOutput, as: UTF8.self) }
}

public enum ToolStream: Sendable { case output, errorOutput }

/// Short-lived programs.
public enum Tool {
  /// Runs a program to its end.
  ///
  /// The output is what was written until the program itself ended; a daemon that it leaves behind, and that holds the
  /// stream open, is not waited for.
  ///
  /// - Parameters:
  ///   - executable: an absolute path.
  ///   - environment: nil inherits.
  ///   - input: nil is an empty one.
  ///   - inheritedDescriptors: further descriptors, number here and number in the program.
  ///   - deadline: afterwards the program and its process group are killed.
  ///   - outputLimit: bytes kept of each stream, the last ones.
  ///   - onOutput: is given what either stream brings while the program runs.
  /// - Throws: ``ProcessError``. A program that ends with an error code throws nothing; look at the status.
  public static func run(
    _ executable: String, _ arguments: [String], environment: [String: String]? = nil,
    workingDirectory: String? = nil, input: [UInt8]? = nil, inheritedDescriptors: [(from: Int32, to: Int32)] = [],
    deadline: Duration, outputLimit: Int = 1 << 20,
    onOutput: (@Sendable (ToolStream, [UInt8]) -> Void)? = nil
  ) async throws(ProcessError) -> ToolOutput {
    let inputFile = try input.map { (bytes) throws(ProcessError) in
      do throws(SystemError) { return try MemoryFile.make(bytes) } catch {
        throw .cannotStart(executable: executable, code: error.code)
      }
    }
    defer { if let inputFile { close(inputFile) } }
    func pipe(_ stream: ToolStream) throws(ProcessError) -> OutputPipe {
      guard let onOutput else { return try OutputPipe(limit: outputLimit, executable: executable) }
      return try OutputPipe(limit: outputLimit, executable: executable) { onOutput(stream, $0) }
    }
    let output = try pipe(.output)
    let errorOutput: OutputPipe
    do throws(ProcessError) { errorOutput = try pipe(.errorOutput) } catch {
      output.abandon()
      throw error
    }
    let child: ChildProcess
    do throws(ProcessError) {
      child = try ChildProcess.start(
        ProcessSpecification(
          executable: executable, arguments: arguments, environment: environment ?? ownEnvironment(),
          workingDirectory: workingDirectory, input: inputFile.map { .descriptor($0) } ?? .null,
          output: .descriptor(output.writeEnd), errorOutput: .descriptor(errorOutput.writeEnd), newProcessGroup: true,
          inheritedDescriptors: inheritedDescriptors))
    } catch {
      output.abandon()
      errorOutput.abandon()
      throw error
    }
    output.begin()
    errorOutput.begin()
    let status = await child.wait(deadline: deadline)
    if status == nil { await child.killGroup() }
    let (bytes, cut) = await output.finish()
    let (errorBytes, errorCut) = await errorOutput.finish()
    guard let status else {
      throw Task.isCancelled
        ? .cancelled(executable: executable) : .deadlineExceeded(executable: executable, after: deadline)
    }
    return ToolOutput(status: status, output: bytes, errorOutput: errorBytes, isTruncated: cut || errorCut)
  }

  private static func ownEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var next = environ
    while let entry = next.pointee {
      let text = String(cString: entry)
      if let equals = text.firstIndex(of: "=") {
        result[String(text[..<equals])] = String(text[text.index(after: equals)...])
      }
      next += 1
    }
    return result
  }
}
