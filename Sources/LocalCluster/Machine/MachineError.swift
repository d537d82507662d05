/// Why the local control plane cannot be started or reached, with what to do about it.
public enum MachineError: Error, CustomStringConvertible, Equatable {
  case unreadableSettings(path: String, reason: String)
  case addressInUse(address: String, port: Int, purpose: String)
  /// At every address of this machine.
  case portInUse(Int, purpose: String, occupant: String)
  case foreignDirectory(String, found: [String])
  case addressUnusable(address: String, reason: String)
  case processEnded(name: String, log: String, lastLines: String)
  case notReady(name: String, seconds: Int, log: String)
  case notRunning(stateDirectory: String)
  case isRunning(stateDirectory: String, option: String, value: String)
  case noSuchNode(String, known: [String])

  public var description: String {
    switch self {
    case .unreadableSettings(let path, let reason):
      "\(path) cannot be read: \(reason). Put a copy back, or start anew with `matriarch local clean`."
    case .addressInUse(let address, let port, let purpose):
      """
      Something else listens on \(address):\(port), which is needed for \(purpose). \
      `ss -ltnp 'sport = :\(port)'` shows what; stop it, or choose other addresses: `matriarch local up --help`.
      """
    case .portInUse(let port, let purpose, let occupant):
      """
      On port \(port) of every address of this machine listens \(occupant), so no pod can listen there for \(purpose). \
      Stop it, or let it listen on 127.0.0.1 only; PostgreSQL does so with `listen_addresses = 'localhost'` in its \
      postgresql.conf and a restart. `ss -ltnp 'sport = :\(port)'` shows what listens.
      """
    case .foreignDirectory(let path, let found):
      """
      \(path) is no state directory of Matriarch and not empty (\(found.prefix(5).joined(separator: ", "))\
      \(found.count > 5 ? ", …" : "")): nothing is put there. Choose a directory of its own with --state or MATRIARCH_STATE.
      """
    case .addressUnusable(let address, let reason):
      "The address \(address) cannot be used: \(reason). Choose another: `matriarch local up --help`."
    case .processEnded(let name, let log, let lastLines):
      "The process \(name) ended while starting. Its log is \(log); the last lines:\n\(lastLines)"
    case .notReady(let name, let seconds, let log):
      "The process \(name) was not ready within \(seconds) s. Its log is \(log)."
    case .noSuchNode(let name, let known):
      "There is no node \(name). There are: \(known.joined(separator: ", "))."
    case .isRunning(let stateDirectory, let option, let value):
      """
      The control plane in \(stateDirectory) runs with \(option) \(value), which cannot change while it does. \
      Stop it first: `matriarch local down`; or start another one with a --state of its own.
      """
    case .notRunning(let stateDirectory):
      "No control plane runs in \(stateDirectory). Start it with `make up` or `matriarch local up`."
    }
  }
}
