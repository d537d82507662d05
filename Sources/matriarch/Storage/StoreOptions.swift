import ArgumentParser
import Backup
import Foundation
import Logging
import ObjectStorage
import Processes

/// Where the store is. Who may use it stands in the environment, never among the arguments, which everybody on the machine
/// can read.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "https://ACCOUNT.blob.core.windows.net/CONTAINER[/path], s3://BUCKET[/path], gs://BUCKET[/path] or file:///path.",
      valueName: "address"))
  var destinationPath: String?

  @Option(
    name: .customLong("endpoint-url"),
    help: ArgumentHelp("Address of the service, where it is not the provider's own.", valueName: "address"))
  var endpointURL: String?

  @Option(
    name: .customLong("endpoint-ca"),
    help: ArgumentHelp("File with authorities to trust besides the system's, as PEM.", valueName: "file"))
  var authoritiesFile: String?

  static let credentialsHelp = """
    Credentials come from the environment, never from arguments:
      Azure   AZURE_STORAGE_CONNECTION_STRING; or AZURE_STORAGE_ACCOUNT with AZURE_STORAGE_KEY or
              AZURE_STORAGE_SAS_TOKEN; or AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET or
              AZURE_FEDERATED_TOKEN_FILE (workload identity); else the machine's managed identity
      S3      AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (AWS_SESSION_TOKEN, AWS_REGION); or AWS_ROLE_ARN and
              AWS_WEB_IDENTITY_TOKEN_FILE; else the machine's role
      Google  GOOGLE_APPLICATION_CREDENTIALS, the path of a service account's key; else the machine's account
      HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE are respected.
    """

  /// Lends the store to `body`, and closes it however that ends.
  func with<Result: Sendable>(_ body: (any ObjectStore) async throws -> Result) async throws -> Result {
    let variables = ProcessInfo.processInfo.environment
    let configuration = try await configuration(variables)
    let store = try ObjectStores.open(configuration, variables: variables, logger: Self.silence)
    return try await store.lend(to: body)
  }

  /// What happens is said by errors; a logger would say the same between the lines of a report.
  static var silence: Logger { Logger(label: "storage") { _ in SwiftLogNoOpLogHandler() } }

  private func configuration(_ variables: [String: String]) async throws -> StoreConfiguration {
    guard let destinationPath else { throw StorageProblem.noDestination }
    var authorities: String?
    if let path = authoritiesFile { authorities = try await Self.text(of: path, "--endpoint-ca") }
    let credentials: StoreCredentials
    switch try EnvironmentCredentials(for: destinationPath, variables) {
    case .found(let found): credentials = found
    case .googleKeyFile(let path):
      credentials = .googleKey(try await Self.text(of: path, "GOOGLE_APPLICATION_CREDENTIALS"))
    }
    return StoreConfiguration(
      destinationPath: destinationPath, endpointURL: endpointURL, authorities: authorities, credentials: credentials)
  }

  private static func text(of path: String, _ source: String) async throws -> String {
    do {
      return try await Blocking.run { try String(contentsOfFile: path, encoding: .utf8) }
    } catch let error as CocoaError {
      throw StorageProblem.unreadable(path, source, error.localizedDescription)
    }
  }

  /// The same options for a further call of this program, as a shell's command line has them.
  var commandLine: String {
    var words: [String] = []
    if let destinationPath { words += ["--destination-path", destinationPath] }
    if let endpointURL { words += ["--endpoint-url", endpointURL] }
    if let authoritiesFile {
      words += ["--endpoint-ca", URL(fileURLWithPath: authoritiesFile).standardizedFileURL.path]
    }
    return words.map { ShellWord.quoted($0) }.joined(separator: " ")
  }
}

extension ObjectStore {
  /// Lends itself to `body`, and closes its connections however that ends.
  func lend<Result: Sendable>(to body: (any ObjectStore) async throws -> Result) async throws -> Result {
    do {
      let result = try await body(self)
      await shutdown()
      return result
    } catch {
      await shutdown()
      throw error
    }
  }
}

/// What stands on a shell's command line.
enum ShellWord {
  /// Within single quotes nothing has a meaning but they themselves.
  static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_./:=@+,".utf8.contains(byte)
        }
      }
    return isPlain ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
