import ClusterAPI
import Foundation
import Kubernetes
import PostgreSQL
import Processes

/// A server that an entry of `spec.externalClusters` describes. What is secret is in files that only this user can read, so
/// that it stands in no argument and no environment.
struct ExternalServer: Sendable {
  var connection: ConnectionString

  /// - Parameter directory: for the files.
  /// - Throws: ``InstanceProblem`` for what the manifest lacks or a Secret that is missing.
  init(_ manifest: ExternalCluster, directory: String, from controlPlane: any ControlPlane) async throws {
    guard let parameters = manifest.connectionParameters, parameters["host"] ?? parameters["hostaddr"] != nil else {
      throw InstanceProblem.invalidConfiguration(
        "spec.externalClusters \"\(manifest.name)\" has no connectionParameters with a host.")
    }
    let plain = parameters.filter { $0.key != "password" }
    connection = ConnectionString(plain.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    var files: [(name: String, text: String)] = []
    // Not well kept in a manifest, and nowhere else in the open.
    if let password = parameters["password"] {
      files.append(("passfile", Self.passwordFile(password)))
      connection["passfile"] = "\(directory)/passfile"
    }
    func add(_ keyword: String, _ reference: SecretKeyReference?, _ purpose: String) async throws {
      guard let reference else { return }
      let text = try await controlPlane.requiredSecret(reference.name, purpose: purpose).text(reference.key)
      files.append((keyword, keyword == "passfile" ? Self.passwordFile(text) : text))
      connection[keyword] = "\(directory)/\(keyword)"
    }
    try await add("sslcert", manifest.sslCert, "the certificate for \(manifest.name)")
    try await add("sslkey", manifest.sslKey, "the key for \(manifest.name)")
    try await add("sslrootcert", manifest.sslRootCert, "the authority of \(manifest.name)")
    try await add("passfile", manifest.password, "the password for \(manifest.name)")
    let contents = files
    try await Blocking.run {
      try FileManager.default.createDirectory(
        atPath: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      for file in contents {
        try DurableFile.write(Array(file.text.utf8), to: "\(directory)/\(file.name)", mode: 0o600)
      }
    }
  }

  /// One line for whatever server (libpq, "The Password File").
  private static func passwordFile(_ password: String) -> String {
    let text = password.last?.isNewline == true ? String(password.dropLast()) : password
    return "*:*:*:*:" + text.replacing("\\", with: "\\\\").replacing(":", with: "\\:") + "\n"
  }
}
