/// The version of a PostgreSQL server, from 10 on: `15.18` is major 15, minor 18.
public struct ServerVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var major: Int
  public var minor: Int

  public init(major: Int, minor: Int = 0) {
    self.major = major
    self.minor = minor
  }

  /// From `server_version_num` or `PQserverVersion`: 150018.
  public init(number: Int) { self.init(major: number / 10_000, minor: number % 10_000) }

  /// From what `postgres --version` prints: `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; also `18beta1`.
  public init?(programOutput: String) {
    let marker = "(PostgreSQL) "
    guard let start = programOutput.firstRange(of: marker)?.upperBound else { return nil }
    let numbers = programOutput[start...].prefix { $0.isASCII && ($0.isNumber || $0 == ".") }.split(separator: ".")
    guard let first = numbers.first, let major = Int(first) else { return nil }
    self.init(major: major, minor: numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0)
  }

  public static func < (left: Self, right: Self) -> Bool {
    (left.major, left.minor) < (right.major, right.minor)
  }

  public var description: String { "\(major).\(minor)" }
}
