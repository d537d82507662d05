import ArgumentParser
import Foundation
import Kubernetes
import LocalCluster
import Processes

/// Which service accounts the managed identity of the local Azure trusts.
struct IdentityCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "identity",
    abstract: "Which service accounts may use the storage account: federated credentials of its identity.",
    discussion: """
      What `az identity federated-credential` does on Azure. A change holds at once, whether the control plane runs or not.
        matriarch local identity federate demo system:serviceaccount:demo:demo
      """,
    subcommands: [Federate.self, Unfederate.self, List.self])

  struct Federate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trust a service account; a credential of the same name is replaced.")
    @Argument(help: "The credential's name.") var name: String
    @Argument(help: "system:serviceaccount:NAMESPACE:NAME") var subject: String
    @Option(help: "Who issued the token; this control plane if not given.") var issuer: String?
    @Option(help: "What the token is for.") var audience: String = FederatedCredential.usualAudience
    @OptionGroup var state: StateOptions

    func run() async throws {
      let settings = try state.machine().settings
      try await Account.leaveRoot(state: state.directory)
      let credential = FederatedCredential(
        name: name, issuer: issuer ?? settings.apiURL, subject: subject, audience: audience)
      try await Blocking.run { try FederatedCredentials(directory: settings.azureDirectory).add(credential) }
      print("federated credential \(name): \(subject) is trusted")
      if let issuer, issuer != settings.apiURL {
        Progress.note("tokens of this control plane are issued by \(settings.apiURL), not by \(issuer)")
      }
      if subject.wholeMatch(of: /system:serviceaccount:[^:]+:[^:]+/) == nil {
        Progress.note("the subject of a service account's token is system:serviceaccount:NAMESPACE:NAME")
      }
    }
  }

  struct Unfederate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Trust a service account no longer; access tokens it has hold for up to an hour.")
    @Argument(help: "The credential's name.") var name: String
    @OptionGroup var state: StateOptions

    func run() async throws {
      let settings = try state.machine().settings
      try await Account.leaveRoot(state: state.directory)
      let name = name
      try await Blocking.run { try FederatedCredentials(directory: settings.azureDirectory).remove(name) }
      print("federated credential \(name) deleted")
    }
  }

  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the federated credentials.")
    @Option(name: .shortAndLong, help: "text or json.") var output: StatusCommand.OutputFormat = .text
    @OptionGroup var state: StateOptions

    func run() async throws {
      let settings = try state.machine().settings
      let known = try await Blocking.run { try FederatedCredentials(directory: settings.azureDirectory).all() }
      switch output {
      case .json: print(JSON.array(try known.map { try JSON(encoding: $0) }).text)
      case .text:
        guard !known.isEmpty else {
          Progress.note("there is no federated credential; `matriarch local identity federate NAME SUBJECT` adds one")
          return
        }
        let rows =
          [["NAME", "SUBJECT", "ISSUER", "AUDIENCE"]] + known.map { [$0.name, $0.subject, $0.issuer, $0.audience] }
        let widths = (0..<3).map { column in rows.map { $0[column].count }.max() ?? 0 }
        for row in rows {
          let cells = row.enumerated().map { column, text in
            column < widths.count ? text.padding(toLength: widths[column] + 3, withPad: " ", startingAt: 0) : text
          }
          print(cells.joined())
        }
      }
    }
  }
}

extension Progress {
  /// On standard error, so that what programs read stays theirs.
  static func note(_ text: String) { FileHandle.standardError.write(Data("note: \(text)\n".utf8)) }
}
