import FoundationEssentials
import Glibc
import Processes

/// Whom a standby follows, in a file that libpq reads for each connection of a walreceiver.
struct LeaderFile: Sendable {
  static let service = "leader"

  let path: String

  /// The standby follows whoever is at this address, under this name; nil for nobody. Whoever connects after this returns
  /// goes by it.
  ///
  /// It is no promise by itself, so it need not survive a crash: it is written anew before postgres starts.
  ///
  /// - Returns: whether it says something else now.
  func write(address: String?, applicationName: String) throws -> Bool {
    let text = address.map { "[\(Self.service)]\nhost=\($0)\napplication_name=\(applicationName)\n" } ?? ""
    if FileManager.default.contents(atPath: path).map({ String(decoding: $0, as: UTF8.self) }) == text { return false }
    let temporary = path + ".new"
    guard FileManager.default.createFile(atPath: temporary, contents: Array(text.utf8).withUnsafeBytes { Data($0) }),
      rename(temporary, path) == 0
    else { throw SystemError("write \(path)") }
    return true
  }
}
