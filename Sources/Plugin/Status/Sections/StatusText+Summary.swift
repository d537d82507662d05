import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL

extension StatusText {
  var summary: Section {
    let isReplica = cluster.isReplicaCluster
    var section = Section(
      isReplica ? Styled("Replica Cluster Summary", .warning) : Styled("Cluster Summary", .good))
    if let current = status.currentPrimary, current != status.targetPrimary {
      section.blocks.append(.line(Styled("Switchover in progress", .bad)))
    } else if status.currentPrimary == nil {
      section.blocks.append(.line(Styled("Primary server is initializing", .bad)))
    }
    var rows: [[Styled]] = [["Name", Styled("\(cluster.namespace)/\(cluster.name)")]]
    if let identifier = primary?.systemID, !identifier.isEmpty { rows.append(["System ID:", Styled(identifier)]) }
    rows.append(["PostgreSQL Image:", Styled(status.image ?? "-")])
    rows.append([isReplica ? "Designated primary:" : "Primary instance:", primaryName])
    if isReplica { rows.append(["Source cluster:", Styled(cluster.spec.replica?.source ?? "-")]) }
    if let promotion { rows.append(["Primary promotion time:", promotion]) }
    rows.append(["Status:", phase])
    rows.append(counted("Instances:", status.instances))
    rows.append(counted("Ready instances:", status.readyInstances))
    let fenced = cluster.fencedInstances
    if !fenced.isEmpty {
      rows.append([
        "Fenced instances:",
        Styled(fenced.contains("*") ? "All Instances" : fenced.sorted().joined(separator: ", "), .bad),
      ])
    }
    rows.append(["Size:", size])
    if !isReplica, let primary, let lsn = primary.currentLsn {
      rows.append([
        "Current Write LSN:",
        Styled("\(lsn) (Timeline: \(primary.timeLineID ?? 0) - WAL File: \(primary.currentWAL ?? "-"))"),
      ])
    }
    section.blocks.append(.table(Table(rows: rows)))
    return section
  }

  private var primaryName: Styled {
    guard let current = status.currentPrimary else { return Styled("-") }
    guard let target = status.targetPrimary, target != current else { return Styled(current) }
    return Styled("\(current) (switching to \(target))", .warning)
  }

  private var promotion: Styled? {
    guard let time = status.currentPrimaryTimestamp.flatMap(Timestamp.date) else { return nil }
    return Styled("\(Amounts.time(time)) (\(Amounts.duration(view.now.timeIntervalSince(time))))")
  }

  private var phase: Styled {
    if view.isHibernated { return Styled("Hibernated", .bad) }
    if let primary = status.currentPrimary, cluster.isFenced(primary) {
      return Styled("Primary instance is fenced", .bad)
    }
    let phase = status.phase ?? ""
    let text = [phase, status.phaseReason ?? ""].filter { !$0.isEmpty }.joined(separator: " ")
    return Styled(text.isEmpty ? "-" : text, Self.tone(ofPhase: phase))
  }

  private static func tone(ofPhase phase: String) -> Tone {
    switch phase {
    case Phase.healthy, Phase.firstPrimary, Phase.creatingReplica: .good
    case Phase.upgrade, Phase.waitingForUser: .warning
    default: .bad
    }
  }

  private func counted(_ label: Styled, _ count: Int?) -> [Styled] {
    [label, Styled("\(count ?? 0)", count == cluster.spec.instances ? .good : .bad)]
  }

  private var size: Styled {
    if view.isHibernated { return "- (hibernated)" }
    if let primary = status.currentPrimary, cluster.isFenced(primary) { return "- (fenced)" }
    return view.size.map { Styled(Amounts.bytes($0)) } ?? Styled("unknown", .bad)
  }
}
