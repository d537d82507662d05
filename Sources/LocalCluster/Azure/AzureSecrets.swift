import Foundation
import Processes

/// The keys of the service: of each storage account, and the one that signs access tokens. Made once, kept in a file that
/// only its owner reads.
struct AzureSecrets: Codable, Sendable, CustomStringConvertible {
  /// Base64, as Azure gives them out, by account.
  var accountKeys: [String: String]
  /// Base64.
  var tokenKey: String

  var description: String { "AzureSecrets(\(accountKeys.keys.sorted().joined(separator: ", ")))" }

  static func path(in directory: String) -> String { "\(directory)/secrets.json" }

  /// - Returns: nil where there are none yet.
  /// - Throws: ``AzureError/unreadable(_:reason:)``.
  static func load(from directory: String) throws(AzureError) -> AzureSecrets? {
    let path = path(in: directory)
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    do {
      return try JSONDecoder().decode(AzureSecrets.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
    } catch let error as DecodingError {
      // The description of such an error may quote what it found.
      _ = error
      throw .unreadable(path, reason: "it does not hold the keys of a storage account")
    } catch {
      throw .unreadable(path, reason: error.localizedDescription)
    }
  }

  static func loadOrCreate(in directory: String) throws -> AzureSecrets {
    if let known = try load(from: directory) { return known }
    // 64 bytes, as the keys of storage accounts have.
    let secrets = AzureSecrets(accountKeys: [AzureSettings.account: random(64)], tokenKey: random(32))
    try DurableFile.write(Array(JSONEncoder().encode(secrets)), to: path(in: directory), mode: 0o600)
    return secrets
  }

  private static func random(_ count: Int) -> String {
    var generator = SystemRandomNumberGenerator()
    return Data((0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }).base64EncodedString()
  }
}

/// Why the Azure-compatible service, or a command about it, cannot do its work.
public enum AzureError: Error, Sendable, Equatable, CustomStringConvertible {
  case unreadable(String, reason: String)
  case damaged(String, reason: String)
  case cannotListen(address: String, port: Int, reason: String)
  case invalidCredential(name: String, reason: String)
  case noCredential(name: String, known: [String])
  case sameSubject(name: String, other: String, subject: String)
  case noContainer(String, account: String, known: [String])

  public var description: String {
    switch self {
    case .unreadable(let path, let reason):
      "\(path) cannot be read: \(reason). Check its owner and mode, or put a copy back."
    case .damaged(let path, let reason):
      "\(path) is damaged: \(reason). Put a copy back, or move it away to begin anew."
    case .cannotListen(let address, let port, let reason):
      "The Azure-compatible service cannot listen on \(address):\(port): \(reason)."
    case .invalidCredential(let name, let reason): "The federated credential \"\(name)\" is not valid: \(reason)."
    case .noCredential(let name, let known):
      "There is no federated credential \"\(name)\". "
        + (known.isEmpty ? "There is none at all." : "There are: \(known.joined(separator: ", ")).")
    case .sameSubject(let name, let other, let subject):
      """
      The federated credential "\(name)" would have issuer and subject of "\(other)" (\(subject)), and they must differ. \
      Delete that one first: `matriarch local identity unfederate \(other)`.
      """
    case .noContainer(let name, let account, let known):
      "The storage account \(account) has no container \"\(name)\". "
        + (known.isEmpty ? "It has none at all." : "It has: \(known.joined(separator: ", ")).")
    }
  }
}
