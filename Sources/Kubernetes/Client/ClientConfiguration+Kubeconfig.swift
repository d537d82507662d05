import Certificates
import Foundation
import Yams

extension ClientConfiguration {
  /// The configuration that a kubeconfig's context describes.
  ///
  /// - Parameters:
  ///   - path: of the file; nil means `KUBECONFIG` (of several files the first that exists), or `~/.kube/config`.
  ///   - context: nil means the file's current context.
  /// - Throws: ``ConfigurationError``.
  public static func kubeconfig(path: String? = nil, context: String? = nil) throws -> Self {
    let environment = ProcessInfo.processInfo.environment
    let candidates =
      path.map { [$0] } ?? environment["KUBECONFIG"].flatMap {
        $0.isEmpty ? nil : $0.split(separator: ":").map(String.init)
      }
      ?? ["\(environment["HOME"] ?? "/root")/.kube/config"]
    guard let file = candidates.first(where: FileManager.default.fileExists) else {
      throw ConfigurationError(
        "there is no kubeconfig at \(candidates.joined(separator: " or ")): set KUBECONFIG or name a file")
    }
    let text: String
    do {
      text = try String(contentsOfFile: file, encoding: .utf8)
    } catch {
      throw ConfigurationError("cannot read the kubeconfig \(file): \(error.localizedDescription)")
    }
    return try kubeconfig(text: text, file: file, context: context)
  }

  static func kubeconfig(text: String, file: String, context wanted: String?) throws(ConfigurationError) -> Self {
    let config: Kubeconfig
    do {
      config = try YAMLDecoder().decode(Kubeconfig.self, from: text)
    } catch {
      throw ConfigurationError("\(file) is no kubeconfig: \(error)")
    }
    guard let name = wanted ?? config.currentContext, !name.isEmpty else {
      throw ConfigurationError("\(file) has no current context: choose one with `kubectl config use-context NAME`")
    }
    func find<Value>(_ list: [Kubeconfig.Named<Value>]?, _ name: String, _ what: String)
      throws(ConfigurationError) -> Value
    {
      if let found = list?.first(where: { $0.name == name }) { return found.value }
      let known = (list ?? []).map(\.name).joined(separator: ", ")
      throw ConfigurationError("\(file) has no \(what) \"\(name)\"; it has: \(known.isEmpty ? "none" : known)")
    }
    let context = try find(config.contexts, name, "context")
    let cluster = try find(config.clusters, context.cluster, "cluster")
    if cluster.proxy != nil || cluster.serverName != nil {
      throw ConfigurationError(
        "\(file): proxy-url and tls-server-name of cluster \"\(context.cluster)\" are not supported")
    }
    let material = Material(file: file)
    var configuration = ClientConfiguration(
      server: cluster.server,
      authorityPEM: try material.pem(cluster.authorityData, cluster.authorityFile, "certificate-authority"),
      defaultNamespace: context.namespace ?? "default")
    configuration.skipsServerVerification = cluster.skipsVerification ?? false
    if let user = context.user {
      configuration.credential = try material.credential(of: try find(config.users, user, "user"), name: user)
    }
    return configuration
  }

  /// Reads what a kubeconfig holds inline or in files; relative paths start at the kubeconfig's folder.
  private struct Material {
    let file: String

    func resolve(_ path: String) -> String {
      path.hasPrefix("/") ? path : URL(fileURLWithPath: file).deletingLastPathComponent().path + "/" + path
    }

    func pem(_ data: String?, _ path: String?, _ field: String) throws(ConfigurationError) -> String? {
      if let data, !data.isEmpty {
        guard let bytes = Data(base64Encoded: data, options: .ignoreUnknownCharacters) else {
          throw ConfigurationError("\(file): \(field)-data is not Base64")
        }
        return String(decoding: bytes, as: UTF8.self)
      }
      guard let path, !path.isEmpty else { return nil }
      do {
        return try String(contentsOfFile: resolve(path), encoding: .utf8)
      } catch {
        throw ConfigurationError("\(file): cannot read \(field) \(path): \(error.localizedDescription)")
      }
    }

    func credential(of user: Kubeconfig.User, name: String) throws(ConfigurationError) -> Credential {
      if let certificate = try pem(user.certificateData, user.certificateFile, "client-certificate") {
        guard let key = try pem(user.keyData, user.keyFile, "client-key") else {
          throw ConfigurationError("\(file): user \"\(name)\" has a client certificate but no client-key")
        }
        return .certificate(PEMIdentity(certificatePEM: certificate, privateKeyPEM: key))
      }
      if let token = user.token, !token.isEmpty { return .token(token) }
      if let path = user.tokenFile { return .tokenFile(resolve(path)) }
      if let exec = user.exec {
        throw ConfigurationError(
          "\(file): user \"\(name)\" gets its credentials from the program \"\(exec.command ?? "?")\", which is not "
            + "supported: use a service account's token (`kubectl create token NAME`) or a client certificate")
      }
      if user.authProvider != nil || user.username != nil {
        throw ConfigurationError(
          "\(file): user \"\(name)\" has an auth-provider or a password, which are not supported: use a token or a "
            + "client certificate")
      }
      return .none
    }
  }
}
