import ClusterAPI
import Foundation
import Kubernetes

extension Blueprint {
  /// The application's database and owner, where bootstrap makes one.
  var application: (database: String, owner: String)? {
    guard let database = cluster.applicationDatabase, let owner = cluster.applicationOwner, !database.isEmpty else {
      return nil
    }
    return (database, owner)
  }

  /// The Secret with the application's password, unless the user brings one. Written once: a password is never
  /// changed behind the user's back.
  func applicationSecret(password: String) -> Secret? {
    guard cluster.applicationSecretName == cluster.names.applicationSecret, let application else { return nil }
    return basicAuthentication(
      cluster.applicationSecretName, user: application.owner, database: application.database, password: password,
      type: "app")
  }

  /// The Secret of `postgres`, where `enableSuperuserAccess` asks for it and the user brings none.
  func superuserSecret(password: String) -> Secret? {
    guard spec.enableSuperuserAccess, spec.superuserSecret == nil else { return nil }
    return basicAuthentication(
      cluster.superuserSecretName, user: "postgres", database: "*", password: password, type: "superuser")
  }

  private func basicAuthentication(
    _ secretName: String, user: String, database: String, password: String, type: String
  ) -> Secret {
    let host = cluster.names.readWriteService
    let local = "\(host).\(namespace)"
    let qualified = "\(local).svc.\(settings.clusterDomain)"
    let pathDatabase = database.urlEncoded
    func uri(_ host: String) -> String {
      "postgresql://\(user.urlEncoded):\(password.urlEncoded)@\(host):5432/\(pathDatabase)"
    }
    func jdbc(_ host: String) -> String {
      "jdbc:postgresql://\(host):5432/\(pathDatabase)?password=\(password.urlEncoded)&user=\(user.urlEncoded)"
    }
    var secret = object(
      Secret.self, secretName,
      labels: managedBy.merging([Labels.userType: type, Labels.reload: "true"]) { _, new in new })
    secret.type = "kubernetes.io/basic-auth"
    secret.data = [
      "username": user, "user": user, "password": password, "dbname": database, "host": host, "port": "5432",
      "pgpass": "\(host):5432:\(database):\(user):\(password)\n",
      "uri": uri(local), "jdbc-uri": jdbc(local), "fqdn-uri": uri(qualified), "fqdn-jdbc-uri": jdbc(qualified),
    ].mapValues { Data($0.utf8).base64EncodedString() }
    return secret
  }

  /// Secrets with keys and certificates carry no inherited metadata: they are nobody's to decorate.
  func certificateSecret(_ secretName: String, type: String, data: [String: String]) -> Secret {
    Secret.named(secretName, in: namespace) {
      $0.metadata.ownerReferences = [owner]
      $0.metadata.labels = managedBy
      $0.type = type
      $0.data = data.mapValues { Data($0.utf8).base64EncodedString() }
    }
  }
}

/// A password nobody has to type: 64 letters and digits, ten of them digits, from the system's random source.
func generatedPassword() -> String {
  var random = SystemRandomNumberGenerator()
  let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
  let digits = Array("0123456789")
  let characters =
    (0..<54).map { _ in letters[Int.random(in: 0..<letters.count, using: &random)] }
    + (0..<10).map { _ in digits[Int.random(in: 0..<digits.count, using: &random)] }
  return String(characters.shuffled(using: &random))
}

extension String {
  /// Percent-encoded for a URI's user, password or query value (RFC 3986, unreserved characters stay).
  fileprivate var urlEncoded: String {
    utf8.map { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        String(UnicodeScalar(byte))
      default:
        "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
      }
    }.joined()
  }
}
