/// Why a store did not do what it was asked for, in words for the user: what happened, and what to do. Never a secret.
public enum ObjectStorageError: Error, Sendable, Equatable {
  /// A name that is no plain path.
  case invalidName(String, reason: String)
  /// A `destinationPath`, `endpointURL` or certificate that cannot be used.
  case invalidAddress(String, reason: String)
  case notFound(ObjectKey)
  /// The bucket or container itself does not exist.
  case noBucket(String, remedy: String)
  /// A credential is missing or cannot be used, before any request was made.
  case credentials(String)
  /// The service, or the one that issues tokens, refused who we are. The text is theirs.
  case refused(service: String, text: String, remedy: String)
  /// Nothing came of it although it was tried again until the deadline. The text is that of the last try.
  case unavailable(service: String, text: String)
  /// The service answered with an error that trying again does not heal.
  case failed(service: String, status: Int, text: String)
  /// What arrived is not what was sent.
  case corrupted(String)
  case tooLarge(ObjectKey, limit: Int)
  case tooMany(prefix: String, limit: Int)

  /// Whether the same may succeed later although nobody does anything about it.
  public var isTransient: Bool {
    switch self {
    case .unavailable: true
    default: false
    }
  }
}

extension ObjectStorageError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidName(let name, let reason): "\"\(name)\" cannot be the name of an object: \(reason)."
    case .invalidAddress(let address, let reason): "\"\(address)\" cannot be used: \(reason)."
    case .notFound(let key): "There is no object \(key)."
    case .noBucket(let name, let remedy): "\(name) does not exist. \(remedy)"
    case .credentials(let text): text
    case .refused(let service, let text, let remedy): "\(service) refused access: \(text) \(remedy)"
    case .unavailable(let service, let text): "\(service) cannot be reached: \(text)"
    case .failed(let service, let status, let text): "\(service) answered with status \(status): \(text)"
    case .corrupted(let text): text
    case .tooLarge(let key, let limit): "Object \(key) is larger than the \(limit) bytes that such an object may have."
    case .tooMany(let prefix, let limit): "More than \(limit) objects begin with \"\(prefix)\"."
    }
  }
}
