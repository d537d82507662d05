import PostgreSQL

@testable import Failover

/// Streaming replication, rewinding and clients.
extension World {
  /// One entry more on a primary.
  @discardableResult
  func append(_ index: Int) -> Int {
    lastEntry += 1
    let timeline = machines[index].log.position.timeline.number
    machines[index].log.entries.append(Log.Entry(timeline: timeline, id: lastEntry))
    return lastEntry
  }

  func disconnect(_ index: Int) {
    if mutation == .receivesAfterPromise, machines[index].commitment.stance == .promised { return }
    machines[index].source = nil
  }

  func connect(_ index: Int, _ life: Int, _ number: Int) {
    guard machines[index].isUp, machines[index].life == life, machines[index].goalNumber == number,
      machines[index].server == .standby, machines[index].source == nil
    else { return }
    agenda.plan(.connect(index, life: life, goal: number), at: time + random.number(50...200))
    guard !machines[index].isFrozen else { return }
    let name: String
    var application = StreamName.uncounted(names[index])
    switch machines[index].goal {
    case .follow(let leader, _, let streamName):
      name = leader.name
      if machines[index].isComplete { application = streamName }
    case .catchUp(let source, _): name = source.name
    default: return
    }
    guard let other = names.firstIndex(of: name), other != index, machines[other].isUp, !machines[other].isFrozen,
      !isCut(index, other), !isCut(other, index), machines[other].hasData
    else { return }
    let isPrimary = if case .primary = machines[other].server { true } else { false }
    guard isPrimary || machines[other].server == .standby else { return }
    let common = machines[index].log.common(with: machines[other].log)
    if common < machines[index].log.entries.count || !machines[index].hasData {
      // Rewound or copied, from a primary only: what it has at the end of that must be reached before it counts.
      guard isPrimary else { return }
      machines[index].isComplete = false
      machines[index].hasData = true
      machines[index].isStandbyData = true
      machines[index].log.entries.removeSubrange(common...)
      machines[index].completeFrom = machines[other].log.end + UInt64(random.number(faults.copy) / 50)
      if mutation == .copyCounts, case .primary = machines[other].server {
        application = StreamName.counted(
          Member(names[index], machines[index].identity), on: machines[other].log.position.timeline)
      } else {
        application = StreamName.uncounted(names[index])
      }
    }
    lastConnection += 1
    machines[index].source = (name, lastConnection, application)
    machines[index].lastStream = time
    note("\(names[index]) streams from \(name) as \(application)")
    send(to: index, from: other)
  }

  /// What a standby lacks, over its connection.
  private func send(to index: Int, from other: Int) {
    guard let source = machines[index].source else { return }
    let have = machines[index].log.entries.count
    let entries = Array(machines[other].log.entries.dropFirst(have))
    agenda.plan(
      .stream(to: index, connection: source.number, from: have, entries), at: time + random.number(1...6))
  }

  /// To all that stream from an instance.
  func flush(_ other: Int) {
    for index in machines.indices where machines[index].source?.name == names[other] { send(to: index, from: other) }
  }

  func receive(_ index: Int, _ connection: Int, _ from: Int, _ entries: [Log.Entry]) {
    guard machines[index].isUp, let source = machines[index].source, source.number == connection,
      let other = names.firstIndex(of: source.name)
    else { return }
    if machines[index].isFrozen {
      agenda.plan(.stream(to: index, connection: connection, from: from, entries), at: time + 50)
      return
    }
    let isServing = machines[other].isUp && ![.down, .recovering].contains(machines[other].server)
    guard isServing, !isCut(other, index) else {
      // A closed or a cut connection is noticed.
      if !isServing || time - machines[index].lastStream > 800 {
        machines[index].source = nil
        reconnect(index)
      } else {
        agenda.plan(.stream(to: index, connection: connection, from: from, entries), at: time + 50)
      }
      return
    }
    if !machines[other].isFrozen { machines[index].lastStream = time }
    let have = machines[index].log.entries.count
    if from <= have {
      let new = entries.dropFirst(have - from)
      machines[index].log.entries += new
      if let complete = machines[index].completeFrom, machines[index].log.end >= complete {
        machines[index].completeFrom = nil
        machines[index].isComplete = true
        machines[index].source = nil
        reconnect(index)
        return
      }
      if !new.isEmpty { flush(index) }
    }
    agenda.plan(
      .confirm(at: other, from: index, connection: connection, name: source.application, machines[index].log.end),
      at: time + random.number(1...6))
    // Keepalives.
    agenda.plan(.stream(to: index, connection: connection, from: have, []), at: time + 150)
    if machines[index].log.entries.count < machines[other].log.entries.count { send(to: index, from: other) }
    if case .catchUp(_, let end) = machines[index].goal, machines[index].log.position >= end {
      machines[index].source = nil
      observe(index)
    }
  }

  private func reconnect(_ index: Int) {
    agenda.plan(
      .connect(index, life: machines[index].life, goal: machines[index].goalNumber), at: time + random.number(5...50))
  }

  func confirm(_ index: Int, _ from: Int, _ connection: Int, _ name: String, _ lsn: LSN) {
    guard machines[index].isUp, case .primary = machines[index].server, machines[from].source?.number == connection
    else { return }
    if machines[index].isFrozen {
      agenda.plan(.confirm(at: index, from: from, connection: connection, name: name, lsn), at: time + 50)
      return
    }
    guard !isCut(from, index) else { return }
    // A name has one walsender, by its slot.
    let old = machines[index].confirmed[name] ?? LSN(0)
    machines[index].confirmed[name] = max(old, lsn)
    release(index)
    observe(index)
  }

  /// Acknowledges what enough standbys have confirmed.
  func release(_ index: Int) {
    guard case .primary = machines[index].server, !machines[index].isFrozen else { return }
    let machine = machines[index]
    machines[index].waiting = machine.waiting.filter { commit in
      let confirmations = machine.inForce.names.count { machine.confirmed[$0].map { $0.byte >= commit.end } ?? false }
      guard confirmations >= machine.inForce.number else { return true }
      judge.acknowledge(
        machine.log.entries[commit.end - 1], by: index, isProtected: machine.isProtected, at: time)
      return false
    }
  }

  /// Clients write to whoever lets them in.
  func write() {
    agenda.plan(.write, at: time + random.number(20...120))
    for index in machines.indices where machines[index].doorsAreOpen && machines[index].isUp {
      guard case .primary = machines[index].server, !machines[index].isFrozen else { continue }
      let id = append(index)
      machines[index].waiting.append((id, machines[index].log.entries.count, time))
      release(index)
      flush(index)
    }
  }
}
