import ArgumentParser
import ClusterAPI
import Foundation
import Instance
import Kubernetes
import ObjectStorage

struct StorageCheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Whether a store can be used: proves who we are, writes, lists, reads and removes one object.",
    discussion: """
      matriarch storage check --destination-path s3://backups
      matriarch storage check --destination-path https://mybackups.blob.core.windows.net/backups -o json
      kubectl exec demo-1 -c postgres -- /controller/manager storage check        the store of the instance's own Cluster

      In an instance's pod, without --destination-path, the Cluster says where its store is and its Secrets who may use \
      it; `kubectl cnpg storage check CLUSTER` does that in the primary's pod.

      \(StoreOptions.credentialsHelp)

      Exit status 0 when every step has passed, 1 when one has not.
      """)

  @OptionGroup var store: StoreOptions
  @Option(name: .shortAndLong, help: "text or json.") var output: OutputFormat = .text

  enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json }

  func run() async throws {
    let variables = ProcessInfo.processInfo.environment
    let isPassed: Bool
    if store.destinationPath == nil, let pod = ClusterStorage(variables) {
      isPassed = try await KubernetesClient.with(
        try .inCluster(), userAgent: "matriarch-storage/\(Version.matriarch)"
      ) { client in
        try await pod.store(client, variables: variables, logger: StoreOptions.silence).lend { try await check($0) }
      }
    } else {
      isPassed = try await store.with { try await check($0) }
    }
    if !isPassed { throw ExitCode.failure }
  }

  private func check(_ store: any ObjectStore) async throws -> Bool {
    if output == .text { print("Checking \(store.location)") }
    let steps = await store.check { if output == .text { print(StorageCheckText.line($0)) } }
    let isPassed = steps.allSatisfy(\.isPassed)
    switch output {
    case .json: print(StorageCheckText.json(store, steps).text)
    case .text:
      print(
        isPassed
          ? "The store can be used for backups."
          : "The store cannot be used like this. Run it again once that is mended: nothing need be restarted.")
    }
    return isPassed
  }
}

/// How a check is shown.
enum StorageCheckText {
  static func line(_ step: StorageCheckStep) -> String {
    let name = step.kind.rawValue.padding(toLength: 13, withPad: " ", startingAt: 0)
    let milliseconds = Int((step.duration * 1000).rounded(.up))
    let line = "  \(step.isPassed ? "ok  " : "FAIL")  \(name) \(step.text) (\(milliseconds) ms)"
    return step.isPassed ? line : "\(line)\n                      \(purpose(step.kind))"
  }

  /// What would not work without it.
  private static func purpose(_ kind: StorageCheckStep.Kind) -> String {
    switch kind {
    case .authenticate: "Nothing works without this: neither backups nor restores."
    case .write: "Write-ahead log and backups are written; for reading alone, `list` and `restore` do without."
    case .list: "Without listing nobody can tell which backups there are."
    case .read: "What cannot be read cannot be restored."
    case .delete: "Retention removes what is no longer needed; without this the bucket only grows."
    }
  }

  static func json(_ store: any ObjectStore, _ steps: [StorageCheckStep]) -> JSON {
    [
      "location": .string(store.location), "identity": .string(store.identity),
      "passed": .bool(steps.allSatisfy(\.isPassed)), "steps": .array(steps.compactMap { try? JSON(encoding: $0) }),
    ]
  }
}
