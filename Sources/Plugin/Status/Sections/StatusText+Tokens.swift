import ClusterAPI
import Foundation
import Kubernetes

/// What is there only now and then: a cluster that sleeps, or that changes places with another.
extension StatusText {
  var hibernation: [Section] {
    guard let condition = cluster.condition(ConditionType.hibernation) else { return [] }
    return [
      Section(
        Styled("Hibernation", .info),
        [
          .table(
            Table(rows: [
              ["Status", Styled(condition.status == "True" ? "Hibernated" : "Active")],
              ["Message", Styled(condition.message)], ["Time", Styled(condition.lastTransitionTime)],
            ]))
        ])
    ]
  }

  var tokens: [Section] {
    var sections: [Section] = []
    if let token = status.demotionToken, !token.isEmpty { sections.append(section("Demotion token", token)) }
    if let token = cluster.spec.replica?.promotionToken, !token.isEmpty, token != status.lastPromotionToken {
      sections.append(section("Promotion token", token))
    }
    return sections
  }

  private func section(_ title: String, _ token: String) -> Section {
    var rows: [[Styled]] = [["Token", Styled(token)]]
    do {
      let content = try PromotionToken(token)
      rows += [
        ["Validity", Styled("valid", .good)],
        ["Latest checkpoint's TimeLineID", Styled(content.timeline)],
        ["Latest checkpoint's REDO WAL file", Styled(content.walFile)],
        ["Latest checkpoint's REDO location", Styled(content.redoLocation)],
        ["Database system identifier", identifier(content.systemIdentifier)],
        ["Time of latest checkpoint", Styled(content.time)],
        ["Version of the operator", Styled(content.operatorVersion)],
      ]
    } catch {
      rows.append(["Validity", Styled("not valid: \(error)", .bad)])
    }
    return Section(Styled(title, .info), [.table(Table(rows: rows))])
  }

  private func identifier(_ token: String) -> Styled {
    guard let own = primary?.systemID, !own.isEmpty else {
      return Styled("\(token) (no primary have been found)", .warning)
    }
    return own == token ? Styled("\(token) (ok)", .good) : Styled("\(token) (invalid)", .bad)
  }
}
