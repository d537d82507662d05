import Foundation
import Glibc
import Processes

/// Whom the managed identity trusts: tokens of this issuer, for this subject and audience ("Workload identity federation",
/// Microsoft Learn).
public struct FederatedCredential: Codable, Sendable, Equatable {
  public var name: String
  public var issuer: String
  /// `system:serviceaccount:NAMESPACE:NAME`.
  public var subject: String
  public var audience: String

  public init(name: String, issuer: String, subject: String, audience: String = FederatedCredential.usualAudience) {
    self.name = name
    self.issuer = issuer
    self.subject = subject
    self.audience = audience
  }

  /// What workload identity asks tokens to be for.
  public static let usualAudience = "api://AzureADTokenExchange"

  /// - Throws: ``AzureError/invalidCredential(name:reason:)``.
  func validate() throws(AzureError) {
    guard name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9_-]{2,119}/) != nil else {
      throw .invalidCredential(
        name: name, reason: "its name must have 3 to 120 letters, digits, '-' and '_', and begin with a letter or digit"
      )
    }
    for (what, text) in [("issuer", issuer), ("subject", subject), ("audience", audience)] {
      guard !text.isEmpty, text.utf8.count <= 600 else {
        throw .invalidCredential(name: name, reason: "its \(what) must have 1 to 600 characters")
      }
    }
  }
}

/// The federated credentials, in a file that the token endpoint reads anew for every request: who changes it needs no
/// running control plane, and what is changed holds at once.
public struct FederatedCredentials: Sendable {
  let directory: String

  /// - Parameter directory: `STATE/azure`.
  public init(directory: String) { self.directory = directory }

  private var path: String { "\(directory)/federated-credentials.json" }

  /// In the order of their names. Blocks, as all methods here do.
  ///
  /// - Throws: ``AzureError/unreadable(_:reason:)`` or ``AzureError/damaged(_:reason:)``.
  public func all() throws(AzureError) -> [FederatedCredential] {
    guard FileManager.default.fileExists(atPath: path) else { return [] }
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw .unreadable(path, reason: error.localizedDescription)
    }
    do { return try JSONDecoder().decode([FederatedCredential].self, from: data) } catch {
      throw .damaged(path, reason: "\(error)")
    }
  }

  /// Adds a credential, or replaces the one of that name. Durable once it returns.
  public func add(_ credential: FederatedCredential) throws {
    try credential.validate()
    try change { (known) throws(AzureError) in
      known.removeAll { $0.name == credential.name }
      if let other = known.first(where: { $0.issuer == credential.issuer && $0.subject == credential.subject }) {
        throw .sameSubject(name: credential.name, other: other.name, subject: credential.subject)
      }
      known.append(credential)
    }
  }

  /// - Throws: ``AzureError/noCredential(name:known:)``.
  public func remove(_ name: String) throws {
    try change { (known) throws(AzureError) in
      let before = known
      known.removeAll { $0.name == name }
      guard known != before else { throw .noCredential(name: name, known: before.map(\.name)) }
    }
  }

  /// One change at a time, of whatever process.
  private func change(_ body: (inout [FederatedCredential]) throws(AzureError) -> Void) throws {
    try Directories.create(directory, mode: 0o700)
    let lock = "\(path).lock"
    let descriptor = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SystemError("open \(lock)") }
    defer { close(descriptor) }
    while flock(descriptor, LOCK_EX) != 0 {
      guard errno == EINTR else { throw SystemError("lock \(lock)") }
    }
    var known = try all()
    try body(&known)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try DurableFile.write(Array(encoder.encode(known.sorted { $0.name < $1.name })), to: path, mode: 0o600)
  }
}

extension [FederatedCredential] {
  /// - Throws: Azure's error for an assertion that no credential matches.
  func match(_ assertion: Assertion, issuer own: String) throws(TokenError) {
    let ofIssuer = filter { $0.issuer == assertion.issuer }
    // Without any credential the issuer is as good as any: what is missing is one for the subject.
    guard !ofIssuer.isEmpty || isEmpty && assertion.issuer == own else {
      throw .noCredential(700211, "issuer", assertion.issuer)
    }
    let ofSubject = ofIssuer.filter { $0.subject == assertion.subject }
    guard !ofSubject.isEmpty else { throw .noCredential(700213, "subject", assertion.subject) }
    guard ofSubject.contains(where: { assertion.audiences.contains($0.audience) }) else {
      throw .noCredential(700212, "audience", assertion.audiences.first ?? "")
    }
  }
}
