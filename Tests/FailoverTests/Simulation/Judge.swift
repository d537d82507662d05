import PostgreSQL

@testable import Failover

/// Watches a schedule from outside, and knows what no participant knows.
struct Judge {
  /// Entries that were acknowledged, or shown to clients, under protection: with the timeline they were acknowledged on.
  private(set) var acknowledged: [Log.Entry: UInt32] = [:]
  private(set) var lastAcknowledged: (at: Int, by: Int, timeline: UInt32)?
  /// The log of each timeline's primary when it was promoted.
  private var promotions: [UInt32: Set<Log.Entry>] = [:]
  /// Who wrote a timeline, with the entry it began from.
  private var writers: [UInt32: Int] = [:]
  private var terms: [Term: Member] = [:]
  private(set) var verdict: String?
  var wipes = 0

  /// Acknowledged, but no longer protected: a record was written by which nobody has to confirm.
  private var loosened: [Log.Entry: UInt32] = [:]

  /// One holder a term. `log`: the holder's.
  mutating func see(_ record: Record, _ log: Log) {
    if record.isTimed {
      loosened.merge(acknowledged) { $1 }
      acknowledged = [:]
    } else if !loosened.isEmpty {
      // Enough members have confirmed everything up to here.
      for entry in log.entries { if let timeline = loosened[entry] { acknowledged[entry] = timeline } }
      loosened = [:]
    }
    if let holder = terms[record.term], holder != record.holder {
      verdict = verdict ?? "two holders of term \(record.term)"
    }
    terms[record.term] = record.holder
  }

  mutating func writes(_ index: Int, _ log: Log) {
    let timeline = log.position.timeline.number
    if let other = writers[timeline], other != index {
      verdict = verdict ?? "timeline \(timeline) has two writers"
    }
    writers[timeline] = index
  }

  /// Everything acknowledged on earlier timelines must be there.
  mutating func promoted(_ index: Int, _ log: Log) {
    let timeline = log.position.timeline.number
    let entries = Set(log.entries)
    promotions[timeline] = entries
    for (entry, acknowledgedOn) in acknowledged where acknowledgedOn < timeline && !entries.contains(entry) {
      verdict = verdict ?? "timeline \(timeline) lacks entry \(entry.id), acknowledged on timeline \(acknowledgedOn)"
    }
  }

  mutating func acknowledge(_ entry: Log.Entry, by index: Int, isProtected: Bool, at time: Int) {
    let timeline = entry.timeline
    if let last = lastAcknowledged, last.timeline > timeline, isProtected {
      verdict = verdict ?? "timeline \(timeline) acknowledges entry \(entry.id) after timeline \(last.timeline) did"
    }
    if timeline >= lastAcknowledged?.timeline ?? 0 { lastAcknowledged = (time, index, timeline) }
    guard isProtected else { return }
    keep(entry, timeline)
  }

  private mutating func keep(_ entry: Log.Entry, _ timeline: UInt32) {
    acknowledged[entry] = timeline
    for (later, entries) in promotions where later > timeline && !entries.contains(entry) {
      verdict =
        verdict ?? "entry \(entry.id) of timeline \(timeline) was acknowledged though timeline \(later) lacks it"
    }
  }

  /// What clients can see must not vanish either (rule 7), where somebody has to confirm.
  mutating func opened(by index: Int, _ machine: Machine, at time: Int) {
    guard machine.isProtected, case .primary(let opening) = machine.server else { return }
    let timeline = machine.log.position.timeline.number
    for entry in machine.log.entries.prefix(Int(opening.byte)) where acknowledged[entry] == nil {
      keep(entry, timeline)
    }
  }
}
