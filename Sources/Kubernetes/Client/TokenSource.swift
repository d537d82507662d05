import Foundation
import Synchronization

/// The bearer token of a client. The kubelet replaces a pod's token file before the token expires, so a file is read
/// again when the last reading is a minute old, as client-go does.
final class TokenSource: Sendable {
  private let credential: ClientConfiguration.Credential
  private let last = Mutex<(token: String, readAt: ContinuousClock.Instant)?>(nil)

  init(_ credential: ClientConfiguration.Credential) { self.credential = credential }

  /// - Throws: ``ConfigurationError`` if there is a token file that was never readable.
  func token(now: ContinuousClock.Instant = .now) throws -> String? {
    switch credential {
    case .none, .certificate: return nil
    case .token(let token): return token
    case .tokenFile(let path):
      return try last.withLock { last in
        if let known = last, now - known.readAt < .seconds(60) { return known.token }
        do {
          let token = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
          last = (token, now)
          return token
        } catch {
          // An old token is worth trying; without any there is nothing to send.
          if let known = last { return known.token }
          throw ConfigurationError("cannot read the token file \(path): \(error.localizedDescription)")
        }
      }
    }
  }

  /// The server did not accept the token: read the file again. False if that cannot help.
  func refresh() -> Bool {
    guard case .tokenFile = credential else { return false }
    last.withLock { $0?.readAt -= .seconds(3600) }
    return true
  }
}
