import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL

extension StatusText {
  var streaming: Section {
    func only(_ text: String, _ tone: Tone) -> Section {
      Section(Styled("Streaming Replication status", tone), [.line(Styled(text, tone))])
    }
    guard cluster.spec.instances > 1 else { return only("Not configured", .info) }
    guard let primary else { return only("Primary instance not found", .bad) }
    let streams = (primary.replicationInfo ?? []).filter(isInstance).sorted(by: Self.comesFirst)
    guard !streams.isEmpty else { return only("Not available yet", .warning) }

    var header = [
      "Name", "Sent LSN", "Write LSN", "Flush LSN", "Replay LSN", "Write Lag", "Flush Lag", "Replay Lag", "State",
      "Sync State", "Sync Priority",
    ]
    let usesSlots = cluster.usesReplicationSlots
    if usesSlots { header.append("Replication Slot") }
    let showsSlots = usesSlots && verbosity > 0
    if showsSlots { header += ["Slot Restart LSN", "Slot WAL Status", "Slot Safe WAL Size"] }
    let rows = streams.map { stream in
      var row = [
        stream.applicationName, stream.sentLsn, stream.writeLsn, stream.flushLsn, stream.replayLsn, stream.writeLag,
        stream.flushLag, stream.replayLag, stream.state, stream.syncState, stream.syncPriority.map(String.init),
      ].map { Styled($0 ?? "-") }
      let slot = self.slot(of: stream)
      if usesSlots { row.append(slot.map { $0.active == true ? "active" : Styled("inactive", .warning) } ?? "-") }
      if showsSlots {
        row += [
          Styled(slot?.restartLsn ?? "-"), Styled(slot?.walStatus ?? "-"),
          Styled(slot.map { $0.safeWalSize.map(String.init) ?? "NULL" } ?? "-"),
        ]
      }
      return row
    }
    var section = Section(Styled("Streaming Replication status", .good))
    if usesSlots { section.blocks.append(.line(Styled("Replication Slots Enabled", .info))) }
    section.blocks.append(.table(Table(header: header, rows: rows)))
    return section
  }

  private func isInstance(_ stream: StatusDocument.Stream) -> Bool {
    view.instances.contains { $0.name == stream.applicationName }
  }

  private func slot(of stream: StatusDocument.Stream) -> StatusDocument.Slot? {
    let name = cluster.slotName(of: stream.applicationName ?? "")
    return primary?.replicationSlotsInfo?.first { $0.slotName == name }
  }

  private static func comesFirst(_ left: StatusDocument.Stream, _ right: StatusDocument.Stream) -> Bool {
    let (one, other) = (left.syncState ?? "", right.syncState ?? "")
    if one != other { return one < other }
    let (state, otherState) = (left.state ?? "", right.state ?? "")
    if state != otherState { return state < otherState }
    for (mine, theirs) in [(left.sentLsn, right.sentLsn), (left.writeLsn, right.writeLsn)] {
      let (mine, theirs) = (LSN(reading: mine), LSN(reading: theirs))
      if mine != theirs { return mine > theirs }
    }
    return (left.applicationName ?? "") < (right.applicationName ?? "")
  }

  /// Slots that are not those of the instances: whoever made one has to see that it is read, for it keeps write-ahead log.
  var unmanagedSlots: Section {
    let managed = Set(view.instances.map { cluster.slotName(of: $0.name) })
    let slots = (primary?.replicationSlotsInfo ?? []).filter { !managed.contains($0.slotName ?? "") }
    let areActive = slots.allSatisfy { $0.active == true }
    return Section(
      Styled("Unmanaged Replication Slot Status", areActive ? .good : .bad),
      [
        "Slot Name", "Slot Type", "Database", "Active", "Restart LSN", "XMin", "Catalog XMin", "Datoid", "Plugin",
        "Wal Status", "Safe Wal Size",
      ],
      slots.map { slot in
        [
          slot.slotName, slot.slotType, slot.database, slot.active.map { "\($0)" }, slot.restartLsn, slot.xmin,
          slot.catalogXmin, slot.datoid, slot.plugin, slot.walStatus, slot.safeWalSize.map(String.init) ?? "NULL",
        ].map { Styled($0.flatMap { $0.isEmpty ? nil : $0 } ?? "-") }
      },
      ifEmpty: "No unmanaged replication slots found")
  }
}
