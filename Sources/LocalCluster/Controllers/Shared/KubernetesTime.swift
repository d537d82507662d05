import Foundation
import Kubernetes

extension Date {
  /// A time that the API may have left out.
  init?(kubernetesTime text: String?) {
    guard let date = text.flatMap(Timestamp.date) else { return nil }
    self = date
  }

  /// As `metav1.Time`: `2026-11-23T09:14:00Z`
  var kubernetesTime: String { Timestamp.seconds(self) }

  /// How long from now until then; nothing for the past.
  func remaining(from now: Date = .now) -> Duration { .seconds(max(0, timeIntervalSince(now))) }
}
