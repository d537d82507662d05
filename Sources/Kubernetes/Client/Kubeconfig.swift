/// The part of a kubeconfig that is used here
/// (https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/). What a program must fetch elsewhere is refused by
/// name rather than overlooked.
struct Kubeconfig: Decodable {
  struct Named<Value: Decodable>: Decodable {
    var name: String
    var value: Value

    private struct Key: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    /// The member beside `name` is called `cluster`, `user` or `context`.
    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: Key.self)
      name = try container.decode(String.self, forKey: Key(stringValue: "name"))
      guard let key = container.allKeys.first(where: { ["cluster", "user", "context"].contains($0.stringValue) }) else {
        throw DecodingError.dataCorrupted(
          .init(codingPath: decoder.codingPath, debugDescription: "no cluster, user or context in \"\(name)\""))
      }
      value = try container.decode(Value.self, forKey: key)
    }
  }

  struct Context: Decodable {
    var cluster: String
    var user: String?
    var namespace: String?
  }

  struct Cluster: Decodable {
    var server: String
    var authorityFile: String?
    var authorityData: String?
    var skipsVerification: Bool?
    var serverName: String?
    var proxy: String?

    enum CodingKeys: String, CodingKey {
      case server
      case authorityFile = "certificate-authority"
      case authorityData = "certificate-authority-data"
      case skipsVerification = "insecure-skip-tls-verify"
      case serverName = "tls-server-name"
      case proxy = "proxy-url"
    }
  }

  struct User: Decodable {
    var certificateFile: String?
    var certificateData: String?
    var keyFile: String?
    var keyData: String?
    var token: String?
    var tokenFile: String?
    var username: String?
    var exec: Exec?
    var authProvider: AuthProvider?

    struct Exec: Decodable { var command: String? }
    struct AuthProvider: Decodable { var name: String? }

    enum CodingKeys: String, CodingKey {
      case certificateFile = "client-certificate"
      case certificateData = "client-certificate-data"
      case keyFile = "client-key"
      case keyData = "client-key-data"
      case token, tokenFile, username, exec
      case authProvider = "auth-provider"
    }
  }

  var currentContext: String?
  var contexts: [Named<Context>]?
  var clusters: [Named<Cluster>]?
  var users: [Named<User>]?

  enum CodingKeys: String, CodingKey {
    case currentContext = "current-context"
    case contexts, clusters, users
  }
}
