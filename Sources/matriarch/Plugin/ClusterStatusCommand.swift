import ArgumentParser
import ClusterAPI
import Plugin
import Processes

struct ClusterStatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "How a cluster is: its primary, its standbys, and what is the matter.",
    discussion: """
      kubectl cnpg status demo -n demo
      kubectl cnpg status demo -n demo -v         slots, roles, tablespaces, disruption budgets too
      kubectl cnpg status demo -n demo -vv        and the primary's configuration, and certificates
      kubectl cnpg status demo -n demo -o json    for programs

      What does not answer in time is left out, and named at the end.
      """)

  @Argument(help: "Name of the Cluster.") var cluster: String?
  @Flag(name: .shortAndLong, help: "Show more; twice for even more.") var verbose: Int
  @Option(name: .shortAndLong, help: "text, json or yaml.") var output: OutputFormat = .text
  @Option(name: .shortAndLong, help: "How long each question may take, such as 500ms or 10s.") var timeout = Patience()
  @Option(help: "Whether to use colours: always, never, or auto, on a terminal.") var color: ColorChoice = .auto
  @OptionGroup var connection: ConnectionOptions
  // CloudNativePG's plugin takes them too, and people's scripts have them.
  @Argument(help: .hidden) var surplus: [String] = []

  enum OutputFormat: String, ExpressibleByArgument, CaseIterable { case text, json, yaml }

  func run() async throws {
    guard let cluster else { throw CleanExit.helpRequest(self) }
    let view = try await connection.with(deadline: timeout.duration) { client, namespace in
      let look = ClusterLook(client, timeout: timeout.duration) { pod, path in
        try await read(path, of: pod, namespace)
      }
      return try await look.look(
        at: ClusterReference(cluster, in: namespace), isThorough: verbose > 1 && output == .text)
    }
    let text =
      switch output {
      case .text: StatusText(view, verbosity: verbose).text(Terminal.layout(color))
      case .json: view.jsonText
      case .yaml: view.yamlText
      }
    print(text, terminator: "")
  }

  /// Files of a container are nothing that the API has an answer for.
  private func read(_ path: String, of pod: String, _ namespace: String) async throws -> String {
    let arguments = connection.kubectlArguments + ["exec", "-n", namespace, "-c", "postgres", pod, "--", "cat", path]
    let result = try await Tool.run("/usr/bin/env", ["kubectl"] + arguments, deadline: timeout.duration)
    guard result.status.isSuccess else { throw PluginError.kubectlFailed(result.errorText) }
    return result.text
  }
}

/// A duration as kubectl's options have it.
struct Patience: ExpressibleByArgument {
  var duration = Duration.seconds(5)

  init() {}

  init?(argument: String) {
    guard let duration = GoDuration.parse(argument), duration > .zero else { return nil }
    self.duration = duration
  }

  var defaultValueDescription: String { "5s" }
}
