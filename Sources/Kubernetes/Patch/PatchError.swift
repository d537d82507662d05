/// Why a patch was not applied.
public struct PatchError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable {
    /// The patch itself is not one: 400 Bad Request.
    case malformed
    /// The patch does not fit the object: 422 Unprocessable Entity.
    case notApplicable
    /// The patch asks for too much: 413 Request Entity Too Large.
    case tooLarge
  }

  public let kind: Kind
  public let message: String
  public var description: String { message }

  static func malformed(_ message: String) -> Self { Self(kind: .malformed, message: message) }
  static func notApplicable(_ message: String) -> Self { Self(kind: .notApplicable, message: message) }
}
