import Backup
import ClusterAPI
import Kubernetes
import Logging

/// Says in the Cluster's condition `ContinuousArchiving` whether the archive gets what it should: true only after a file has
/// arrived, false as soon as one has not.
actor ArchiveReport {
  private let controlPlane: any ControlPlane
  private let logger: Logger
  /// What the condition says; nil as long as it is not known.
  private var said: (works: Bool, text: String)?
  /// What it is to say: files arrive and fail at the same time, and the last word counts.
  private var wanted: (works: Bool, reason: String, text: String)?
  private var isSaying = false

  init(_ controlPlane: any ControlPlane, logger: Logger) {
    self.controlPlane = controlPlane
    self.logger = logger
  }

  func note(_ outcome: ArchiveOutcome) async {
    switch outcome {
    case .archived:
      await say(true, reason: ConditionReason.archivingSuccess, ConditionMessage.archivingSuccess)
    case .failed(let name, let text):
      let message = "\(name) cannot be archived: \(text)"
      if said?.works != false {
        controlPlane.record(.warning, reason: ConditionReason.archivingFailing, message: message)
      }
      await say(false, reason: ConditionReason.archivingFailing, message)
    }
  }

  private func say(_ works: Bool, reason: String, _ text: String) async {
    wanted = (works, reason, text)
    guard !isSaying else { return }
    isSaying = true
    defer { isSaying = false }
    // The first file of a new primary arrives while its clients come back.
    if said == nil, works { try? await Task.sleep(for: .seconds(1)) }
    while let next = wanted, said?.works != next.works || said?.text != next.text {
      do {
        try await controlPlane.changeStatus { cluster in
          Conditions.setting(
            ConditionType.continuousArchiving, status: next.works, reason: next.reason, message: next.text,
            in: cluster.status?.conditions ?? [], now: Timestamp.seconds()
          ).map { JSON.object(["conditions": .array($0.map { (try? JSON(encoding: $0)) ?? .null })]) }
        }
        said = (next.works, next.text)
      } catch {
        // With the next file.
        logger.warning("cannot say how archiving goes", metadata: ["error": "\(error)"])
        return
      }
    }
  }
}
