import ClusterAPI
import Kubernetes
import NIOCore
import NIOHTTP1

extension InstanceClient {
  enum BackupAnswer: Equatable {
    /// It has begun, or had before.
    case accepted
    /// It is at work on another one, which ends some time.
    case busy(String)
    /// In words, for an event: try again.
    case refused(String)
  }

  private static let longestReason = 300

  /// Asks the instance of a pod to carry out a Backup. Asking again for one that it is at work on changes nothing.
  func requestBackup(_ name: String, of pod: Pod, authorityPEM: String) async -> BackupAnswer {
    do {
      let (status, body) = try await ask(
        pod, "/pg/backup?name=\(name)", method: .POST, authorityPEM: authorityPEM)
      if (200..<300).contains(status.code) { return .accepted }
      let text = String(buffer: body).trimmed.prefix(Self.longestReason)
      let reason = text.isEmpty ? "it answers \(status.code) \(status.reasonPhrase)" : String(text)
      return status == .conflict ? .busy(reason) : .refused(reason)
    } catch {
      return .refused("it does not answer (\(error))")
    }
  }
}
