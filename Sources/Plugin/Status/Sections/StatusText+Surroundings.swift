import ClusterAPI
import Foundation
import Kubernetes

extension StatusText {
  var managedRoles: [Section] {
    let roles = status.managedRolesStatus
    let byStatus = (roles?.byStatus ?? [:]).filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
    let failing = (roles?.cannotReconcile ?? [:]).sorted { $0.key < $1.key }
    let known = Section(
      Styled("Managed roles status", failing.isEmpty ? .good : .bad), ["Status", "Roles"],
      byStatus.map { [Styled($0.key), Styled($0.value.joined(separator: ","))] }, ifEmpty: "No roles managed")
    guard !failing.isEmpty else { return [known] }
    return [
      known,
      Section(
        Styled("Irreconcilable roles", .bad), ["Role", "Errors"],
        failing.map { [Styled($0.key), Styled($0.value.joined(separator: "; "))] }, ifEmpty: ""),
    ]
  }

  var tablespaces: Section {
    let temporary = Set((cluster.spec.tablespaces ?? []).filter(\.temporary).map(\.name))
    return Section(
      Styled("Tablespaces status", .good), ["Tablespace", "Owner", "Status", "Temporary", "Error"],
      (status.tablespacesStatus ?? []).map {
        [
          Styled($0.name), Styled($0.owner ?? "-"), Styled($0.state, $0.state == "reconciled" ? .good : .warning),
          Styled("\(temporary.contains($0.name))"), Styled($0.error ?? ""),
        ]
      },
      ifEmpty: "No managed tablespaces")
  }

  var budgets: Section {
    Section(
      Styled("Pod Disruption Budgets status", .good),
      ["Name", "Role", "Expected Pods", "Current Healthy", "Minimum Desired Healthy", "Disruptions Allowed"],
      view.budgets.map { budget in
        let status = budget.status
        let counts = [
          status?.expectedPods, status?.currentHealthy, status?.desiredHealthy, status?.disruptionsAllowed,
        ]
        return [
          Styled(budget.name), Styled(budget.spec?.selector?.matchLabels?[Labels.instanceRole] ?? "-"),
        ] + counts.map { Styled("\($0 ?? 0)") }
      },
      ifEmpty: Styled("No active PodDisruptionBudgets found", .warning))
  }

  var certificates: Section {
    Section(
      Styled("Certificates Status", .good), ["Certificate Name", "Expiration Date", "Days Left Until Expiration"],
      (status.certificates?.expirations ?? [:]).sorted { $0.key < $1.key }.map { name, end in
        [Styled(name), Styled(end), daysLeft(end)]
      },
      ifEmpty: Styled("No certificates found", .warning))
  }

  private func daysLeft(_ end: String) -> Styled {
    guard let date = Amounts.date(end) else { return "-" }
    let days = date.timeIntervalSince(view.now) / 86_400
    if days <= 0 { return Styled("Expired", .bad) }
    return days < 7
      ? Styled("\(Amounts.hundredths(days)) - Expires Soon", .warning) : Styled(Amounts.hundredths(days), .good)
  }

  /// The primary's files, where they were asked for and could be read.
  var configuration: [Section] {
    [("PostgreSQL Configuration", view.configuration), ("PostgreSQL HBA Rules", view.accessRules)].compactMap {
      title, text in
      text.map { Section(Styled(title, .good), [.verbatim($0.hasSuffix("\n") ? String($0.dropLast()) : $0)]) }
    }
  }

  var plugins: [Section] {
    let plugins = status.pluginStatus ?? []
    guard !plugins.isEmpty || verbosity > 0 else { return [] }
    return [
      Section(
        Styled("Plugins status", .good), ["Name", "Version", "Status", "Reported Operator Capabilities"],
        plugins.map {
          let capabilities = $0.operatorCapabilities ?? []
          return [
            Styled($0.name), Styled($0.version), Styled($0.status ?? "N/A"),
            Styled(capabilities.isEmpty ? "N/A" : capabilities.joined(separator: ", ")),
          ]
        },
        ifEmpty: "No plugins found")
    ]
  }
}
