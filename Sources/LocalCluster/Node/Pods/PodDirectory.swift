import Foundation
import Kubernetes
import Processes

/// A pod's directory below the node's state: `pods/UID/`.
///
/// | path | what |
/// | --- | --- |
/// | `pod.json` | the object when it came, for a pod whose object is gone when the node starts again |
/// | `address` | the pod's address |
/// | `etc/…` | the pod's own files of `/etc`, see ``PodFiles`` |
/// | `volumes/NAME` | scratch volumes and those made from objects |
/// | `containers/NAME/N` | ``ContainerDirectory`` of run N |
///
/// All methods block.
struct PodDirectory: Sendable, Hashable {
  let path: String
  let uid: String

  /// - Parameter uid: an object's uid, which never is a path of its own.
  init(podsDirectory: String, uid: String) {
    self.uid = uid
    path = "\(podsDirectory)/\(uid.replacing("/", with: "_"))"
  }

  var configuration: String { path + "/etc" }

  func volume(_ name: String) -> String { "\(path)/volumes/\(name)" }

  /// Memory-backed scratch volumes, outside of the state because they are memory.
  var memory: String { "/dev/shm/matriarch.\(uid)" }

  func container(_ name: String, attempt: Int) -> ContainerDirectory {
    ContainerDirectory(path: "\(path)/containers/\(name)/\(attempt)")
  }

  /// The runs of a container whose directories are still there, oldest first.
  func attempts(of name: String) -> [Int] {
    Directories.names(in: "\(path)/containers/\(name)").compactMap { Int($0) }.sorted()
  }

  /// Removes runs nobody asks for any more: kubelets keep the last and the one before.
  func removeOldAttempts(of name: String, keeping attempt: Int) {
    for old in attempts(of: name) where old < attempt - 1 {
      try? Directories.remove(container(name, attempt: old).path)
    }
  }

  /// All runs of all containers.
  func runs() -> [ContainerDirectory] {
    Directories.names(in: path + "/containers").flatMap { name in
      attempts(of: name).map { container(name, attempt: $0) }
    }
  }

  func storedPod() -> Pod? {
    FileManager.default.contents(atPath: path + "/pod.json")
      .flatMap { try? JSON(parsing: Array($0)).decoded(as: Pod.self) }
  }

  func storedAddress() -> String? {
    FileManager.default.contents(atPath: path + "/address").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Makes the directory. The address is on disk before anything runs with it.
  func create(_ pod: Pod, address: String) throws {
    try Directories.create(path, mode: 0o700)
    try Directories.create(configuration, mode: 0o755)
    try DurableFile.write(Array(address.utf8), to: path + "/address", mode: 0o600)
    try DurableFile.write(JSON(encoding: pod).serialized(), to: path + "/pod.json", mode: 0o600)
  }

  /// Removes the pod's directory and its memory.
  func remove() throws {
    try Directories.remove(memory)
    try Directories.remove(path)
  }
}
