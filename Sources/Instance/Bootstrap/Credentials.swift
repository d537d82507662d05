import ClusterAPI
import Kubernetes

/// User and password of a Secret of type kubernetes.io/basic-auth.
struct Credentials: Sendable {
  var password: String
  /// The text is a verifier already (`SCRAM-SHA-256$…`), not a password.
  var isVerifier: Bool

  /// - Throws: ``InstanceProblem`` for a missing key, or a user name other than the expected.
  init(_ secret: Secret, expectedUser: String) throws(InstanceProblem) {
    let found = try secret.text("username")
    guard found == expectedUser else { throw .wrongUsername(found: found, expected: expectedUser) }
    password = try secret.text("password")
    isVerifier = secret.annotations[Annotations.passwordPassthrough] == "enabled"
  }
}
