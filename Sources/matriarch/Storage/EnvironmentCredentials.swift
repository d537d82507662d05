import ObjectStorage

/// The credentials for a place as the environment has them, by the names that the providers' own tools use.
enum EnvironmentCredentials: Equatable {
  case found(StoreCredentials)
  /// A service account's key is in this file.
  case googleKeyFile(String)

  /// - Throws: ``StorageProblem`` for an address of no known form, or one variable without the other.
  init(for destination: String, _ variables: [String: String]) throws(StorageProblem) {
    func value(_ name: String) -> String? { variables[name].flatMap { $0.isEmpty ? nil : $0 } }
    switch destination.prefix(while: { $0 != ":" }).lowercased() {
    case "file": self = .found(.none)
    case "s3": self = .found(.s3Role(region: value("AWS_REGION") ?? value("AWS_DEFAULT_REGION")))
    case "gs":
      if let path = value("GOOGLE_APPLICATION_CREDENTIALS") {
        self = .googleKeyFile(path)
      } else {
        self = .found(.googleMetadata)
      }
    case "https", "http": self = .found(try Self.azure(value))
    default: throw .unknownDestination(destination)
    }
  }

  private static func azure(_ value: (String) -> String?) throws(StorageProblem) -> StoreCredentials {
    if let connection = value("AZURE_STORAGE_CONNECTION_STRING") { return .azureConnectionString(connection) }
    let (key, signature) = (value("AZURE_STORAGE_KEY"), value("AZURE_STORAGE_SAS_TOKEN"))
    guard let account = value("AZURE_STORAGE_ACCOUNT") else {
      if let name = key.map({ _ in "AZURE_STORAGE_KEY" }) ?? signature.map({ _ in "AZURE_STORAGE_SAS_TOKEN" }) {
        throw .missingVariable("AZURE_STORAGE_ACCOUNT", besides: name)
      }
      return .azureDefaultChain
    }
    if let key { return .azureKey(account: account, key: key) }
    if let signature { return .azureSharedAccess(account: account, signature: signature) }
    // The account alone is in the address, too.
    return .azureDefaultChain
  }
}

/// What is wrong with what was asked for, and what to do.
enum StorageProblem: Error, Equatable, CustomStringConvertible {
  case noDestination
  case unknownDestination(String)
  case missingVariable(String, besides: String)
  case unreadable(String, String, String)
  case noServer(String, location: String, known: [String])
  case notEmpty(String)
  case otherSystem(String, says: String, found: String)
  case noFileName(String)
  case noData(String)
  case badMapping(String)
  case unknownTablespace(String, known: [String])

  var description: String {
    switch self {
    case .noDestination:
      "--destination-path is missing: where the backups are, such as https://ACCOUNT.blob.core.windows.net/CONTAINER, "
        + "s3://BUCKET/path, gs://BUCKET/path or file:///path."
    case .unknownDestination(let text):
      "--destination-path \(text): give https://ACCOUNT.blob.core.windows.net/CONTAINER, s3://BUCKET/path, "
        + "gs://BUCKET/path or file:///path."
    case .missingVariable(let name, let other): "\(other) is set and \(name) is not: set it too."
    case .unreadable(let path, let source, let reason): "\(source) names \(path), which cannot be read: \(reason)"
    case .noServer(let server, let location, let known):
      "\(location) holds nothing of a server \"\(server)\". "
        + (known.isEmpty
          ? "There is no server at all: check --destination-path, whose path ends above the servers' folders."
          : "There are: \(known.joined(separator: ", ")).")
    case .notEmpty(let path):
      "\(path) is not empty. Nothing is overwritten: give another directory, or move what is there elsewhere."
    case .otherSystem(let id, let says, let found):
      "Backup \(id) says that it is of system \(says); its files are of \(found). Nothing of it is kept."
    case .noFileName(let text): "\"\(text)\" is no file of the write-ahead log, such as 000000010000000000000001."
    case .noData(let path):
      "\(path) is no data directory that can be read: there is no global/pg_control. Run this as the server's user."
    case .badMapping(let text): "--tablespace-mapping \(text): give OLD=NEW, two absolute paths."
    case .unknownTablespace(let path, let known):
      "--tablespace-mapping: no tablespace of this backup lies at \(path). "
        + (known.isEmpty ? "It has none." : "There are: \(known.joined(separator: ", ")).")
    }
  }
}
