import ClusterAPI
import Failover
import Foundation
import Kubernetes
import PostgreSQL

/// The record as the Lease holds it: holder and term in the fields that Kubernetes knows, the rest in one annotation.
enum LeaseCoding {
  static let annotation = "matriarch.io/record"

  /// What only the annotation says.
  private struct Rest: Codable {
    var holder: Member
    var term: Term
    var timeline: TimelineID
    var members: [Member]
    var required: Int
  }

  /// - Returns: no record where nobody ever held the Lease.
  /// - Throws: ``InstanceProblem/unsupported(_:)`` where the annotation cannot be read: then nothing is decided.
  static func reading(_ lease: Lease) throws -> LeaseReading {
    guard let version = lease.metadata.resourceVersion.flatMap({ UInt64($0) }) else {
      throw InstanceProblem.unsupported("Lease \(lease.name) has no resourceVersion that is a number.")
    }
    guard let holder = lease.spec?.holderIdentity, !holder.isEmpty else { return LeaseReading(nil, version: version) }
    guard let text = lease.annotations[annotation],
      let rest = try? JSONDecoder().decode(Rest.self, from: Data(text.utf8)),
      rest.holder.name == holder, rest.term.number == lease.spec?.leaseTransitions
    else {
      throw InstanceProblem.unsupported(
        "Lease \(lease.name) was written by somebody else: its annotation \(annotation) does not go with its holder and "
          + "leaseTransitions. If no instance is primary, empty spec.holderIdentity; the primary writes it anew.")
    }
    return LeaseReading(
      Record(
        holder: rest.holder, term: rest.term, timeline: rest.timeline, members: Set(rest.members),
        required: rest.required),
      version: version)
  }

  /// The Lease to write. Its time makes each write a change.
  static func lease(_ record: Record, over lease: Lease, duration: Int) throws -> Lease {
    var lease = lease
    var spec = lease.spec ?? LeaseSpec()
    if spec.holderIdentity != record.holder.name || spec.leaseTransitions != record.term.number {
      spec.acquireTime = Timestamp.microseconds()
    }
    spec.holderIdentity = record.holder.name
    spec.leaseTransitions = record.term.number
    spec.leaseDurationSeconds = duration
    spec.renewTime = Timestamp.microseconds()
    lease.spec = spec
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let rest = Rest(
      holder: record.holder, term: record.term, timeline: record.timeline, members: record.members.sorted(),
      required: record.required)
    lease.metadata.annotations = (lease.metadata.annotations ?? [:]).merging(
      [annotation: String(decoding: try encoder.encode(rest), as: UTF8.self)]
    ) { $1 }
    return lease
  }
}
