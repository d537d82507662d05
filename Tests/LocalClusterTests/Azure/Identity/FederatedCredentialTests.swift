import Foundation
import JWTKit
import Testing

@testable import LocalCluster

@Suite("Federated credentials")
struct FederatedCredentialTests {
  static let issuer = "https://127.64.0.1:6443"
  static let subject = "system:serviceaccount:demo:demo"

  private func credential(
    _ name: String = "demo", issuer: String = Self.issuer, subject: String = Self.subject,
    audience: String = FederatedCredential.usualAudience
  ) -> FederatedCredential {
    FederatedCredential(name: name, issuer: issuer, subject: subject, audience: audience)
  }

  private func assertion(
    issuer: String = Self.issuer, subject: String = Self.subject, audience: String = FederatedCredential.usualAudience
  ) throws -> Assertion {
    let claims = #"{"iss":"\#(issuer)","sub":"\#(subject)","aud":["\#(audience)"],"exp":1795780800,"nbf":1795777200}"#
    let payload = Data(claims.utf8).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
    return try #require(Assertion("e30.\(payload).c2ln"))
  }

  @Test("are kept in a file, in the order of names, and one of the same name is replaced")
  func keeping() async throws {
    try await withTemporaryDirectory { directory in
      let registry = FederatedCredentials(directory: "\(directory)/azure")
      #expect(try registry.all().isEmpty)
      try registry.add(credential("zoe", subject: "system:serviceaccount:a:zoe"))
      try registry.add(credential("abe", subject: "system:serviceaccount:a:abe"))
      try registry.add(credential("zoe", subject: "system:serviceaccount:b:zoe"))
      #expect(
        try registry.all().map(\.subject) == ["system:serviceaccount:a:abe", "system:serviceaccount:b:zoe"])
      try registry.remove("abe")
      #expect(try FederatedCredentials(directory: "\(directory)/azure").all().map(\.name) == ["zoe"])
      let error = try #require(throws: AzureError.self) { try registry.remove("abe") }
      #expect(error == .noCredential(name: "abe", known: ["zoe"]))
    }
  }

  @Test("do not lose one of several that are added at once")
  func concurrency() async throws {
    try await withTemporaryDirectory { directory in
      let registry = FederatedCredentials(directory: directory)
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 100..<120 {
          group.addTask { try registry.add(credential("name-\(number)", subject: "subject-\(number)")) }
        }
        try await group.waitForAll()
      }
      #expect(try registry.all().count == 20)
    }
  }

  @Test("have names and subjects as Azure has them, and each subject once")
  func validation() async throws {
    try await withTemporaryDirectory { directory in
      let registry = FederatedCredentials(directory: directory)
      for wrong in [
        credential("ab"), credential("-abc"), credential("a b c"), credential(String(repeating: "a", count: 121)),
        credential(subject: ""), credential(audience: ""), credential(issuer: String(repeating: "i", count: 601)),
      ] {
        #expect(throws: AzureError.self) { try registry.add(wrong) }
      }
      try registry.add(credential("one"))
      let error = try #require(throws: AzureError.self) { try registry.add(credential("two")) }
      #expect(error == .sameSubject(name: "two", other: "one", subject: Self.subject))
      #expect(error.description.contains("unfederate one"))
    }
  }

  @Test("say of a damaged file where it is")
  func damage() async throws {
    try await withTemporaryDirectory { directory in
      try Directories.write(Array("[{".utf8), to: "\(directory)/federated-credentials.json", mode: 0o600)
      let error = try #require(throws: AzureError.self) { try FederatedCredentials(directory: directory).all() }
      #expect(error.description.contains("\(directory)/federated-credentials.json"))
    }
  }

  @Test("match by issuer, subject and audience, and Azure's number says which of them does not")
  func matching() throws {
    try [credential()].match(assertion(), issuer: Self.issuer)
    let cases: [([FederatedCredential], Assertion, Int, String)] = [
      ([], try assertion(), 700213, "subject '\(Self.subject)'"),
      ([credential(subject: "system:serviceaccount:demo:other")], try assertion(), 700213, "subject '\(Self.subject)'"),
      ([credential(issuer: "https://other")], try assertion(), 700211, "issuer '\(Self.issuer)'"),
      ([], try assertion(issuer: "https://other"), 700211, "issuer 'https://other'"),
      ([credential()], try assertion(audience: "api://x"), 700212, "audience 'api://x'"),
    ]
    for (credentials, assertion, number, text) in cases {
      let error = try #require(throws: TokenError.self) { try credentials.match(assertion, issuer: Self.issuer) }
      #expect(error.number == number && error.status == 401 && error.error == "invalid_client")
      #expect(
        error.text.hasPrefix("No matching federated identity record found for presented assertion \(text). Check your ")
      )
    }
  }

  @Test("are looked at with nothing but a token's own claims", arguments: ["", "a.b", "a.b.c", "e30.e30.e30"])
  func malformed(token: String) { #expect(Assertion(token) == nil) }
}

@Suite("An access token")
struct AccessTokenTests {
  private let tokens: AccessTokens

  init() async { tokens = await AccessTokens(key: Data(0..<32)) }

  private func refusal(_ token: String, account: String = "cow") async throws -> StorageError {
    try await #require(throws: StorageError.self) { try await tokens.verify(token, account: account) }
  }

  @Test("is believed for storage, and for the account it was issued for")
  func good() async throws {
    for resource in ["https://storage.azure.com", "https://cow.blob.core.windows.net"] {
      try await tokens.verify(try await tokens.issue(clientID: "id", resource: resource), account: "cow")
    }
  }

  @Test("is refused for another account, after an hour, or signed by somebody else")
  func bad() async throws {
    let other = try await tokens.issue(clientID: "id", resource: "https://bull.blob.core.windows.net")
    #expect(try await refusal(other).details.first?.text.contains("Audience") == true)
    let old = try await tokens.issue(clientID: "id", resource: AccessTokens.resource, now: .now - 3601)
    #expect(try await refusal(old).details.first?.text.contains("expired") == true)
    let foreign = try await AccessTokens(key: Data(1..<33)).issue(clientID: "id", resource: AccessTokens.resource)
    let error = try await refusal(foreign)
    #expect(error.status == 401 && error.code == "InvalidAuthenticationInfo")
    #expect(error.challenge?.hasPrefix("Bearer authorization_uri=https://") == true)
  }
}
