/// Why a volume cannot be mounted. The container waits, and it is tried again.
enum VolumeFailure: Error, Equatable, CustomStringConvertible {
  case missing(kind: String, name: String, namespace: String)
  case missingKey(String, kind: String, name: String)
  case claimUnbound(String)
  case volumeLost(claim: String, volume: String)
  case outside(String, directory: String)
  case notThere(String)
  case badPath(String)
  case unsupported(String)
  case field(String)
  case token(String)

  var description: String {
    switch self {
    case .missing(let kind, let name, let namespace): "\(kind) \"\(namespace)/\(name)\" not found"
    case .missingKey(let key, let kind, let name): "the \(kind) \"\(name)\" has no key \"\(key)\""
    case .claimUnbound(let claim): "the PersistentVolumeClaim \"\(claim)\" does not exist or is not bound yet"
    case .volumeLost(let claim, let volume):
      "the PersistentVolume \"\(volume)\" of the claim \"\(claim)\" does not exist or names no directory of this machine"
    case .outside(let path, let directory): "the path \(path) is not below \(directory), which volumes must be"
    case .notThere(let path): "the path \(path) does not exist on this machine"
    case .badPath(let path): "the path \"\(path)\" must be relative and stay inside of its volume (no \"..\")"
    case .unsupported(let field):
      "\(field) is not supported here; use persistentVolumeClaim, emptyDir, secret, "
        + "configMap, projected, downwardAPI or hostPath"
    case .field(let text): text
    case .token(let text): "no token of the service account: \(text)"
    }
  }
}
