import Kubernetes

extension KubernetesClient {
  /// Makes a client, lends it to `body`, and closes its connections, however `body` ends.
  ///
  /// - Throws: what making the client or `body` throws.
  static func with<Result: Sendable>(
    _ configuration: ClientConfiguration, userAgent: String, deadline: Duration = .seconds(30),
    _ body: (KubernetesClient) async throws -> Result
  ) async throws -> Result {
    let client = try KubernetesClient(configuration, userAgent: userAgent, deadline: deadline)
    do {
      let result = try await body(client)
      await client.shutdown()
      return result
    } catch {
      await client.shutdown()
      throw error
    }
  }
}
