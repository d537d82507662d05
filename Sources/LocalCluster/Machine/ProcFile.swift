import Glibc

/// Files of /proc: they have no length, and the kernel gives long ones in parts, which Foundation takes for their end.
enum ProcFile {
  /// The whole text; empty where there is no such file or it is not for this user.
  static func text(_ path: String) -> String {
    guard let file = fopen(path, "r") else { return "" }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
    return String(decoding: bytes, as: UTF8.self)
  }
}
