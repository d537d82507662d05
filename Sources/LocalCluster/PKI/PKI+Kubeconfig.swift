import Certificates
import Foundation

extension PKI {
  /// The kubeconfig of a user: the file that kubectl and client libraries read.
  ///
  /// - Parameters:
  ///   - server: the API server's URL.
  ///   - context: the name of the cluster, the context and, with the user's name before it, the user.
  ///   - namespace: where the context looks by default.
  public func kubeconfig(
    _ user: User, server: String, context: String, namespace: String = "default", now: Date = .now
  ) throws -> String {
    let identity = try identity(user, now: now)
    func encoded(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
    return """
      apiVersion: v1
      kind: Config
      current-context: "\(context)"
      clusters:
      - name: "\(context)"
        cluster:
          server: "\(server)"
          certificate-authority-data: \(encoded(authorityPEM))
      contexts:
      - name: "\(context)"
        context:
          cluster: "\(context)"
          namespace: "\(namespace)"
          user: "\(user.fileName)@\(context)"
      users:
      - name: "\(user.fileName)@\(context)"
        user:
          client-certificate-data: \(encoded(identity.certificatePEM))
          client-key-data: \(encoded(identity.privateKeyPEM))

      """
  }
}
