import ArgumentParser
import Foundation
import Kubernetes
import LocalCluster

struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "What runs, and where.",
    discussion: "Exit status 0 when everything runs, 3 when something does not.")

  @OptionGroup var state: StateOptions
  @Option(name: .shortAndLong, help: "text or json.") var output: OutputFormat = .text

  enum OutputFormat: String, ExpressibleByArgument { case text, json }

  func run() async throws {
    let machine = try state.machine()
    let settings = machine.settings
    let daemons = [machine.controlPlane] + machine.nodes
    let rows = daemons.map { ($0.name, $0.processID) }
    let serving = await machine.isServing()
    switch output {
    case .json:
      let value: JSON = [
        "stateDirectory": .string(settings.stateDirectory), "server": .string(settings.apiURL),
        "serving": .bool(serving),
        "kubeconfig": .string(settings.kubeconfig),
        "processes": .array(
          rows.map { ["name": .string($0.0), "pid": $0.1.map { .int(Int64($0)) } ?? .null] }),
      ]
      print(value.text)
    case .text:
      for (name, process) in rows {
        print(
          name.padding(toLength: 16, withPad: " ", startingAt: 0), process.map { "running (pid \($0))" } ?? "stopped")
      }
      print("API server      ", serving ? settings.apiURL : "does not answer")
      print("kubeconfig      ", settings.kubeconfig)
      print("state           ", settings.stateDirectory)
    }
    if !serving || rows.contains(where: { $0.1 == nil }) { throw ExitCode(3) }
  }
}

struct EnvCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "env", abstract: "Print shell variables for kubectl and the reference guide.",
    discussion: "eval \"$(matriarch local env)\"")

  @OptionGroup var state: StateOptions

  func run() async throws {
    let settings = try state.machine().settings
    let program = "\(settings.binDirectory)/matriarch"
    let postgres = HostImages.find(settings).compactMap { $0.binds.first?.host }.first { $0.contains("postgresql") }
    let path = [settings.binDirectory, "\(settings.toolsDirectory)/kubectl"] + (postgres.map { ["\($0)/bin"] } ?? [])
    var variables = [
      ("KUBECONFIG", settings.kubeconfig),
      ("MATRIARCH_STATE", settings.stateDirectory),
      ("AKS_PRIMARY_CLUSTER_NAME", "matriarch"),
      ("AKS_PRIMARY_CLUSTER_ALB_DNSNAME", settings.loadBalancerAddress),
      ("MY_PUBLIC_CLIENT_IP", settings.loadBalancerAddress),
      ("PG_PRIMARY_STORAGE_ACCOUNT_NAME", AzureSettings.account),
      ("AKS_UAMI_WORKLOAD_CLIENTID", AzureSettings.clientID),
      ("FEDERATE", "\(program) local identity federate"),
      ("UNFEDERATE", "\(program) local identity unfederate"),
      ("BLOB_LIST", "\(program) local blobs \(AzureSettings.container)"),
      // By this proxy and with these authorities programs of this machine reach the storage account and the token endpoint
      // under their names in Azure, as pods do: HTTPS_PROXY, SSL_CERT_FILE and REQUESTS_CA_BUNDLE.
      ("MATRIARCH_AZURE_PROXY", settings.azureProxy),
      ("MATRIARCH_AZURE_CA_BUNDLE", settings.trustBundle),
      ("MATRIARCH_AZURE_AUTHORITY_HOST", "https://\(AzureSettings.authorityHost)/"),
      ("MATRIARCH_AZURE_TENANT_ID", AzureSettings.tenantID),
    ]
    // Only for those who may read the key.
    if let account = try? AzureAccount(of: settings) {
      variables.append(("AZURE_STORAGE_CONNECTION_STRING", account.connectionString))
    }
    for (name, value) in variables { print("export \(name)='\(value)'") }
    // A second eval does not make PATH longer.
    let folders = path.joined(separator: ":")
    print("case \":$PATH:\" in *':\(folders):'*) ;; *) export PATH='\(folders)':\"$PATH\" ;; esac")
  }
}
