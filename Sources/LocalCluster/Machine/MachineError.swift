/// Why the local control plane cannot be started or reached, with what to do about it.
public enum MachineError: Error, CustomStringConvertible, Equatable {
  case unreadableSettings(path: String, reason: String)
  case addressInUse(address: String, port: Int, purpose: String)
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
