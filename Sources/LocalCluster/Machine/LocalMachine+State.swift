import Foundation
import Glibc

/// The state directory: which one may be used, and what in it is ours to remove.
extension LocalMachine {
  /// What a control plane makes in its state directory (kubectl, whose home it is, makes `.kube`). The settings are the
  /// last to go: as long as they are there, a removal that was interrupted can be repeated.
  private static let ownNames = [
    ".kube", "azure", "bin", "control-plane", "kubeconfig", "logs", "nodes", "pki", "store.sqlite", "store.sqlite-shm",
    "store.sqlite-wal", "trust", "volumes", "settings.json",
  ]

  /// Whether a control plane may be put there: a directory of its own, an empty one, or none yet.
  ///
  /// - Throws: ``MachineError/foreignDirectory(_:found:)``.
  public static func check(stateDirectory: String) throws {
    let names = Set(Directories.names(in: stateDirectory))
    guard !names.contains("settings.json") else { return }
    // Fetched tools, and the programs that a first start copies before anything else, however far it came.
    let programs = Directories.names(in: "\(stateDirectory)/bin")
    let isOurs = programs.isEmpty || programs.contains { $0.hasPrefix("matriarch") }
    let foreign = names.subtracting(isOurs ? ["tools", "bin"] : ["tools"])
    guard foreign.isEmpty else {
      throw MachineError.foreignDirectory(stateDirectory, found: foreign.sorted())
    }
  }

  /// Removes everything that is the control plane's own, and nothing else. Nothing of it may run any more.
  public func removeState() throws {
    for name in Self.ownNames { try Directories.remove("\(settings.stateDirectory)/\(name)") }
  }
}
