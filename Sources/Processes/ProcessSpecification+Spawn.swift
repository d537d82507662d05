import CLinux
import Glibc

extension ProcessSpecification {
  /// Starts the program.
  ///
  /// - Returns: its process number, which stays taken until somebody collects its exit.
  func spawn() throws(ProcessError) -> pid_t {
    var opened: Int32 = -1
    func number(_ stream: Stream, _ own: Int32) throws(ProcessError) -> Int32 {
      switch stream {
      case .inherit: return own
      case .descriptor(let descriptor): return descriptor
      case .null:
        if opened < 0 { opened = open("/dev/null", O_RDWR | O_CLOEXEC) }
        guard opened >= 0 else { throw .cannotStart(executable: executable, code: errno) }
        return opened
      }
    }
    defer { if opened >= 0 { close(opened) } }
    var descriptors = [try number(input, 0), 0, try number(output, 1), 1, try number(errorOutput, 2), 2]
    for pair in inheritedDescriptors { descriptors += [pair.from, pair.to] }

    // A NUL inside would silently cut the text short for the program.
    let variables = environment.map { "\($0.key)=\($0.value)" }
    guard ([executable] + arguments + variables).allSatisfy({ !$0.utf8.contains(0) }) else {
      throw .cannotStart(executable: executable, code: EINVAL)
    }
    let argv = CStringArray([executable] + arguments)
    let envp = CStringArray(variables)
    var pid: pid_t = 0
    let code = descriptors.withUnsafeBufferPointer { descriptors in
      executable.withCString { path in
        withOptionalCString(workingDirectory) { directory in
          var request = clinux_spawn_request(
            path: path, argv: argv.pointers, envp: envp.pointers, directory: directory,
            descriptors: descriptors.baseAddress, descriptor_count: Int32(descriptors.count / 2),
            new_session: newSession ? 1 : 0, new_group: newProcessGroup ? 1 : 0)
          return clinux_spawn(&request, &pid)
        }
      }
    }
    withExtendedLifetime((argv, envp)) {}
    guard code == 0 else { throw .cannotStart(executable: executable, code: code) }
    return pid
  }
}

private func withOptionalCString<Result>(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Result) -> Result {
  guard let text else { return body(nil) }
  return text.withCString(body)
}

/// A NULL-terminated array of C strings, alive as long as this object is.
private final class CStringArray {
  let pointers: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let count: Int

  init(_ strings: [String]) {
    count = strings.count
    pointers = .allocate(capacity: count + 1)
    for (index, string) in strings.enumerated() { pointers[index] = strdup(string) }
    pointers[count] = nil
  }

  deinit {
    for index in 0..<count { free(pointers[index]) }
    pointers.deallocate()
  }
}
