import ClusterAPI
import Kubernetes

extension Blueprint {
  /// Keeps a drain from taking the primary, and all but one of three or more instances' replicas, at once.
  var disruptionBudgets: [PodDisruptionBudget] {
    guard spec.enablePDB else { return [] }
    let maintenance = spec.nodeMaintenanceWindow
    let underMaintenance = maintenance?.inProgress == true && maintenance?.reusePVC != false
    var budgets: [PodDisruptionBudget] = []
    if !(underMaintenance && spec.instances == 1) {
      budgets.append(budget(cluster.names.primaryPodDisruptionBudget, role: .primary, available: 1))
    }
    if spec.instances >= 3 && !underMaintenance {
      budgets.append(budget(cluster.names.replicaPodDisruptionBudget, role: .replica, available: spec.instances - 2))
    }
    return budgets
  }

  private func budget(_ name: String, role: InstanceRole, available: Int) -> PodDisruptionBudget {
    var budget = object(PodDisruptionBudget.self, name, labels: recommendedLabels)
    budget.spec = .with {
      $0.minAvailable = .int(available)
      $0.selector = .with { $0.matchLabels = [Labels.cluster: self.name, Labels.instanceRole: role.rawValue] }
    }
    return budget
  }
}
