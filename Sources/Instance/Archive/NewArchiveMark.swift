import Glibc
import Processes

/// Says, beside the data, that their cluster is new and has archived nothing: then the archive has to be empty. Of two
/// clusters that write to one place neither could be restored.
struct NewArchiveMark: Sendable {
  private let path: String

  init(data: String) { path = data + ".new-archive" }

  var isSet: Bool { access(path, F_OK) == 0 }

  func set() throws(SystemError) { try DurableFile.write([], to: path, mode: 0o600) }

  func remove() throws(SystemError) {
    if isSet { try DurableFile.remove(path) }
  }
}
