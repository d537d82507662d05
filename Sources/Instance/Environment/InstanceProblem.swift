import PostgreSQL

/// Why an instance cannot go on as it should, in words for the user. Each heals when its cause is gone.
enum InstanceProblem: Error, Sendable, Equatable {
  /// Something the instance needs is not there yet.
  case missingSecret(name: String, purpose: String)
  case missingKey(secret: String, key: String)
  case missingConfigMap(name: String, key: String)
  case wrongUsername(found: String, expected: String)
  case invalidConfiguration(String)
  case programFailed(String, output: String)
  case postgresDidNotStart(String)
  /// Recovery did not get where it was to; the second text says what was planned.
  case recoveryEnded(String, String)
  case unsupported(String)
  /// A certificate or key that cannot be used.
  case invalidCertificate(secret: String, reason: String)
  /// The server answered with an error to something that the instance manager keeps in order inside it.
  case refused(what: String, reason: String)
  /// An object store does not do what it is asked for, in its words or those of who issues its tokens.
  case archive(String)
  /// Not even two segments of write-ahead log fit on the volume.
  case noSpace(String)
}

extension InstanceProblem: CustomStringConvertible {
  var description: String {
    switch self {
    case .missingSecret(let name, let purpose):
      "Secret \(name) with \(purpose) does not exist. Create it; the instance goes on as soon as it is there."
    case .missingKey(let secret, let key):
      "Secret \(secret) has no key \"\(key)\". Add it; the instance goes on as soon as it is there."
    case .missingConfigMap(let name, let key):
      "ConfigMap \(name) with key \"\(key)\" does not exist. Create it, or remove it from spec.bootstrap.initdb."
    case .wrongUsername(let found, let expected):
      "wrong username '\(found)' in secret, expected '\(expected)'"
    case .invalidConfiguration(let text): text
    case .programFailed(let program, let output):
      "\(program) failed: \(Self.lastLines(of: output))"
    case .postgresDidNotStart(let reason): "PostgreSQL did not start: \(reason)"
    case .recoveryEnded(_, let plan) where isTargetNotReached:
      "The recovery target was not reached: what is archived ends before it (\(plan)). "
        + "Choose an earlier target in a new Cluster, or none, to get all there is."
    case .recoveryEnded(let reason, let plan): "Recovery ended: \(reason) (\(plan))."
    case .unsupported(let text): text
    case .invalidCertificate(let secret, let reason):
      "Secret \(secret) cannot be used: \(reason) What was in force before stays so."
    case .refused(let what, let reason):
      "PostgreSQL refused \(what): \(reason). Correct it there; it is tried again, and everything else is done."
    case .archive(let text): text
    case .noSpace(let path):
      "The volume of \(path) has no room for two segments of write-ahead log. "
        + "Enlarge it (spec.storage.size or spec.walStorage.size)."
    }
  }

  /// Whether recovery came to the end of the log before its target.
  var isTargetNotReached: Bool {
    guard case .recoveryEnded(let reason, _) = self else { return false }
    return reason.contains("before configured recovery target was reached")
  }

  /// The end of a program's output, where the reason stands, short enough for an event.
  static func lastLines(of output: String) -> String {
    let lines = output.split(whereSeparator: \.isNewline).suffix(6).joined(separator: " | ")
    return lines.isEmpty ? "it said nothing" : String(lines.suffix(800))
  }
}
