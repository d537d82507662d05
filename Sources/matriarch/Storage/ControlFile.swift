import Glibc
import PostgreSQL

/// What can be known of a data directory without PostgreSQL's programs.
enum ControlFile {
  /// The control file begins with it, in the order of bytes of the machine (src/include/catalog/pg_control.h).
  static func systemIdentifier(in data: String) -> SystemIdentifier? {
    let descriptor = open("\(data)/global/pg_control", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var number: UInt64 = 0
    let size = MemoryLayout.size(ofValue: number)
    return pread(descriptor, &number, size, 0) == size ? SystemIdentifier(number) : nil
  }
}
