import CLibPQ
import Dispatch

/// What a server says to somebody who merely knocks: no user, no password, no session (`pg_isready`).
public enum ServerPing: Sendable {
  case accepting
  /// Up, but starting, shutting down or recovering.
  case rejecting
  case noResponse

  private static let queue = DispatchQueue(label: "matriarch.postgresql.ping", attributes: .concurrent)

  /// Knocks, and waits for at most `timeout`, which libpq rounds up to two whole seconds.
  public static func knock(_ parameters: ConnectionParameters, timeout: Duration = .seconds(2)) async -> ServerPing {
    var keywords = parameters.keywords
    keywords["connect_timeout"] = String(max(2, timeout.components.seconds))
    let names = keywords.keys.sorted()
    let values = names.map { keywords[$0] }
    return await withCheckedContinuation { continuation in
      queue.async {
        let answer = Handle.withCStrings(names) { nameList in
          Handle.withCStrings(values) { PQpingParams(nameList, $0, 0) }
        }
        switch answer {
        case PQPING_OK: continuation.resume(returning: .accepting)
        case PQPING_REJECT: continuation.resume(returning: .rejecting)
        default: continuation.resume(returning: .noResponse)
        }
      }
    }
  }
}
