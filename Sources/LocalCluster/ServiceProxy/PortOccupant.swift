import Glibc

/// Who listens on a TCP port of this machine, from /proc (proc(5)): good enough to tell a person whom to move.
enum PortOccupant {
  /// Who listens there, for a sentence.
  static func describe(address: String, port: Int) -> String {
    find(address: address, port: port).map { "the program \($0.program) (process \($0.id))" } ?? "another program"
  }

  /// The listener's program and process id, or nil where nobody listens or the process belongs to another user.
  static func find(address: String, port: Int) -> (program: String, id: Int)? {
    let inodes = listeningInodes(address: address, port: port)
    guard !inodes.isEmpty else { return nil }
    for process in entries("/proc") {
      guard let id = Int(process) else { continue }
      for descriptor in entries("/proc/\(process)/fd") {
        guard let target = link("/proc/\(process)/fd/\(descriptor)"), target.hasPrefix("socket:["),
          inodes.contains(String(target.dropFirst(8).dropLast()))
        else { continue }
        let program = ProcFile.text("/proc/\(process)/comm").split(separator: "\n").first.map(String.init)
        return (program ?? "unknown", id)
      }
    }
    return nil
  }

  /// The sockets of /proc/net/tcp and tcp6 in state 0A (LISTEN) whose address includes this one.
  private static func listeningInodes(address: String, port: Int) -> Set<String> {
    guard let bytes = SourceRange.addressBytes(address), bytes.count == 4 else { return [] }
    // The kernel prints the address as a number in the machine's byte order, which is little-endian here.
    let wanted = bytes.reversed().map { hex(Int($0), 2) }.joined()
    let ending = ":" + hex(port, 4)
    var inodes: Set<String> = []
    for line in (ProcFile.text("/proc/net/tcp") + ProcFile.text("/proc/net/tcp6")).split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count > 9, fields[3] == "0A", fields[1].hasSuffix(ending) else { continue }
      let local = fields[1].dropLast(ending.count)
      if local == wanted || local.allSatisfy({ $0 == "0" }) { inodes.insert(String(fields[9])) }
    }
    return inodes
  }

  private static func hex(_ value: Int, _ width: Int) -> String {
    let digits = String(value, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }

  private static func entries(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      names.append(withUnsafePointer(to: &entry.pointee.d_name.0) { String(cString: $0) })
    }
    return names
  }

  private static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 256)
    let count = readlink(path, &buffer, buffer.count)
    guard count > 0 else { return nil }
    return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
