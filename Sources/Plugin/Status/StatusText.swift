import ClusterAPI
import Foundation
import Kubernetes

/// What `status` prints, from what was found: nothing is asked here.
public struct StatusText: Sendable {
  let view: ClusterView
  /// How often `-v` was given.
  let verbosity: Int

  public init(_ view: ClusterView, verbosity: Int) {
    self.view = view
    self.verbosity = verbosity
  }

  public func text(_ layout: Layout) -> String {
    let text = sections.map { $0.text(layout) }.joined()
    return text.hasSuffix("\n\n") ? String(text.dropLast()) : text
  }

  private var sections: [Section] {
    var sections = [summary] + hibernation + tokens
    if verbosity > 1 { sections += configuration + [certificates] }
    if !view.isHibernated {
      sections += [continuousBackup] + physicalBackups
      if !cluster.isReplicaCluster { sections.append(streaming) }
      if verbosity > 0 { sections += [unmanagedSlots] + managedRoles + [tablespaces, budgets] }
      sections += [instances] + topology
    }
    return sections + plugins + problems
  }

  // MARK: - For all sections

  var cluster: Cluster { view.cluster }
  var status: ClusterStatus { view.cluster.status ?? ClusterStatus() }
  var primary: StatusDocument? { view.primary?.document }

  private var problems: [Section] {
    guard !view.problems.isEmpty else { return [] }
    return [
      Section(
        Styled("Error(s) extracting status", .bad), view.problems.map { .line(Styled($0)) })
    ]
  }
}
