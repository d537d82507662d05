import Foundation

extension ClientConfiguration {
  /// The configuration of a program inside a pod, from what every pod with a service account gets
  /// (https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/#directly-accessing-the-rest-api).
  ///
  /// - Throws: ``ConfigurationError``.
  public static func inCluster() throws -> Self {
    try inCluster(
      environment: ProcessInfo.processInfo.environment, directory: "/var/run/secrets/kubernetes.io/serviceaccount")
  }

  static func inCluster(environment: [String: String], directory: String) throws(ConfigurationError) -> Self {
    guard let host = environment["KUBERNETES_SERVICE_HOST"], let port = environment["KUBERNETES_SERVICE_PORT"] else {
      throw ConfigurationError(
        "KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set: this is no pod; name a kubeconfig instead")
    }
    func text(_ name: String) throws(ConfigurationError) -> String {
      do {
        return try String(contentsOfFile: "\(directory)/\(name)", encoding: .utf8)
      } catch {
        throw ConfigurationError(
          "cannot read \(directory)/\(name): \(error.localizedDescription); is automountServiceAccountToken false?")
      }
    }
    _ = try text("token")
    return ClientConfiguration(
      server: "https://\(host.contains(":") ? "[\(host)]" : host):\(port)", authorityPEM: try text("ca.crt"),
      credential: .tokenFile("\(directory)/token"),
      defaultNamespace: try text("namespace").trimmingCharacters(in: .whitespacesAndNewlines))
  }

  /// The configuration of the surroundings: `KUBECONFIG` if set, the pod's if this is one, `~/.kube/config` otherwise.
  ///
  /// - Throws: ``ConfigurationError``.
  public static func automatic() throws -> Self {
    let environment = ProcessInfo.processInfo.environment
    if environment["KUBECONFIG"]?.isEmpty == false { return try kubeconfig() }
    return environment["KUBERNETES_SERVICE_HOST"] != nil ? try inCluster() : try kubeconfig()
  }
}
