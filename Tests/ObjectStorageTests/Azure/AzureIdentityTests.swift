import Foundation
import Synchronization
import Testing

@testable import ObjectStorage

@Suite("Azure's identities", .timeLimit(.minutes(1)))
struct AzureIdentityTests {
  private let key = try! ObjectKey("a")
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder("identity") }

  /// A token as a cluster issues it: the signature is nobody's business here.
  private static func serviceAccountToken(_ number: Int) -> String {
    func encode(_ text: String) -> String {
      Base64.encode(text.utf8).replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
        .replacingOccurrences(of: "=", with: "")
    }
    return
      "\(encode("{}")).\(encode(#"{"iss":"https://issuer","sub":"system:serviceaccount:demo:pg","aud":["api://AzureADTokenExchange"],"n":\#(number)}"#)).c2ln"
  }

  private var tokenFile: String { "\(folder.path)/token" }

  private func write(_ token: String) throws { try token.write(toFile: tokenFile, atomically: true, encoding: .utf8) }

  /// A storage account and a token service in one; only the tokens that were issued last are accepted.
  private final class Cloud: Sendable {
    let valid = Mutex<String?>(nil)
    let asked = Mutex<[TestServer.Request]>([])
    let refusal = Mutex<(Int, String)?>(nil)
    let lifetime = Mutex(3600)

    var exchanges: Int { asked.withLock { $0.count } }

    func fault(_ request: TestServer.Request) -> TestServer.Response? {
      let isToken = request.path.hasSuffix("/token") || request.path == "/msi"
      guard isToken else {
        guard let token = valid.withLock({ $0 }), request.header("Authorization") == "Bearer \(token)" else {
          return .text(401, "<Error><Code>InvalidAuthenticationInfo</Code><Message>Expired.</Message></Error>")
        }
        return nil
      }
      let number = asked.withLock {
        $0.append(request)
        return $0.count
      }
      if let (status, text) = refusal.withLock({ $0 }) { return .text(status, text) }
      valid.withLock { $0 = "access-\(number)" }
      let seconds = lifetime.withLock { $0 }
      let expiry =
        request.path == "/msi" ? "\"expires_on\":\"\(Int(HTTPDate.now) + seconds)\"" : "\"expires_in\":\(seconds)"
      return .text(200, "{\"token_type\":\"Bearer\",\(expiry),\"access_token\":\"access-\(number)\"}")
    }
  }

  private func with(
    _ cloud: Cloud, _ credentials: StoreCredentials = .azureIdentity, variables: (String) -> [String: String],
    _ body: (AzureStore) async throws -> Void
  ) async throws {
    let service = AzureService { cloud.fault($0) }
    try await TestServer.with {
      await service.answer($0)
    } _: { server in
      let store = try AzureStore(
        StoreConfiguration(destinationPath: "\(server.url)/acc/container", credentials: credentials),
        variables: variables(server.url), limits: impatient, logger: quiet)
      try await ObjectStorageTests.with(store, body)
    }
  }

  private func workload(_ url: String) -> [String: String] {
    [
      "AZURE_CLIENT_ID": "client", "AZURE_TENANT_ID": "tenant", "AZURE_FEDERATED_TOKEN_FILE": tokenFile,
      "AZURE_AUTHORITY_HOST": "\(url)/",
    ]
  }

  @Test("workload identity exchanges the service account's token, once for all who wait")
  func workloadIdentity() async throws {
    try write(Self.serviceAccountToken(1) + "\n")
    let cloud = Cloud()
    try await with(cloud, variables: workload) { store in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<20 { group.addTask { _ = try await store.objects("") } }
        try await group.waitForAll()
      }
      #expect(cloud.exchanges == 1)
      let request = try #require(cloud.asked.withLock { $0.first })
      #expect(request.path == "/tenant/oauth2/v2.0/token")
      #expect(
        request.form == [
          "client_id": "client", "grant_type": "client_credentials", "scope": "https://storage.azure.com/.default",
          "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
          "client_assertion": Self.serviceAccountToken(1),
        ])
    }
  }

  @Test("a token that the account does not accept any more is replaced, from the file as it is then")
  func expired() async throws {
    try write(Self.serviceAccountToken(1))
    let cloud = Cloud()
    try await with(cloud, variables: workload) { store in
      _ = try await store.objects("")
      try write(Self.serviceAccountToken(2))
      cloud.valid.withLock { $0 = nil }
      _ = try await store.objects("")
      #expect(cloud.exchanges == 2)
      #expect(cloud.asked.withLock { $0.last?.form["client_assertion"] } == Self.serviceAccountToken(2))
    }
  }

  @Test("a refusal carries the cloud's text and what to register; registering it heals without a restart")
  func refusedAndHealed() async throws {
    try write(Self.serviceAccountToken(1))
    let cloud = Cloud()
    let text = "AADSTS700213: No matching federated identity record found for presented assertion subject 'x'."
    cloud.refusal.withLock { $0 = (400, #"{"error":"invalid_client","error_description":"\#(text)\r\nTrace ID: 1"}"#) }
    try await with(cloud, variables: workload) { store in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      guard case .refused(let service, let words, let remedy) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(service.hasPrefix("Microsoft Entra ID"))
      #expect(words.hasPrefix(text))
      for part in ["client", "tenant", "https://issuer", "system:serviceaccount:demo:pg", "api://AzureADTokenExchange"]
      {
        #expect(remedy.contains(part))
      }
      // Within a second nobody asks again.
      for _ in 0..<10 { await #expect(throws: ObjectStorageError.self) { try await store.objects("") } }
      #expect(cloud.exchanges == 1)
      cloud.refusal.withLock { $0 = nil }
      #expect(await eventually { (try? await store.objects("")) != nil })
      #expect(cloud.exchanges == 2)
    }
  }

  @Test("a missing variable is named when the store is opened", arguments: ["AZURE_CLIENT_ID", "AZURE_TENANT_ID"])
  func missingVariable(_ name: String) throws {
    var variables = workload("http://127.0.0.1:1")
    variables[name] = nil
    for credentials in [StoreCredentials.azureIdentity, .azureDefaultChain] {
      let error = #expect(throws: ObjectStorageError.self) {
        try ObjectStores.open(
          StoreConfiguration(destinationPath: "https://acc.blob.core.windows.net/c", credentials: credentials),
          variables: variables, logger: quiet)
      }
      #expect(error.map { "\($0)" }?.contains(name) == true)
    }
  }

  @Test("a token file that cannot be read is named")
  func missingFile() async throws {
    try await with(Cloud(), variables: workload) { store in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      #expect(error.map { "\($0)" }?.contains(tokenFile) == true)
    }
  }

  @Test("the machine's metadata service issues tokens, of one identity if it is named")
  func managedIdentity() async throws {
    let cloud = Cloud()
    let variables: (String) -> [String: String] = {
      ["AZURE_POD_IDENTITY_AUTHORITY_HOST": $0, "AZURE_CLIENT_ID": "client"]
    }
    try await with(cloud, variables: variables) {
      store in
      _ = try await store.objects("")
      let request = try #require(cloud.asked.withLock { $0.first })
      #expect(request.path == "/metadata/identity/oauth2/token")
      #expect(request.header("Metadata") == "true")
      #expect(
        request.query == ["api-version": "2018-02-01", "resource": "https://storage.azure.com/", "client_id": "client"])
    }
  }

  @Test("platforms with an endpoint of their own are asked there")
  func identityEndpoint() async throws {
    let cloud = Cloud()
    let variables: (String) -> [String: String] = { ["IDENTITY_ENDPOINT": "\($0)/msi", "IDENTITY_HEADER": "proof"] }
    try await with(cloud, variables: variables) { store in
      _ = try await store.objects("")
      #expect(cloud.asked.withLock { $0.first?.header("X-IDENTITY-HEADER") } == "proof")
      #expect(cloud.asked.withLock { $0.first?.query["api-version"] } == "2019-08-01")
    }
  }

  @Test("where there is no identity at all, the error says where one was looked for")
  func noIdentity() async throws {
    let variables: (String) -> [String: String] = { _ in ["AZURE_POD_IDENTITY_AUTHORITY_HOST": "http://127.0.0.1:1"] }
    try await with(Cloud(), variables: variables) {
      store in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      #expect(error.map { "\($0)" }?.contains("AZURE_FEDERATED_TOKEN_FILE is not set") == true)
      #expect(error.map { "\($0)" }?.contains("127.0.0.1:1") == true)
    }
  }

  @Test("the default chain takes a service principal first")
  func servicePrincipal() async throws {
    try write(Self.serviceAccountToken(1))
    let cloud = Cloud()
    let variables: (String) -> [String: String] = { workload($0).merging(["AZURE_CLIENT_SECRET": "hunter2"]) { $1 } }
    try await with(cloud, .azureDefaultChain, variables: variables) { store in
      _ = try await store.objects("")
      #expect(cloud.asked.withLock { $0.first?.form["client_secret"] } == "hunter2")
      cloud.refusal.withLock {
        $0 = (401, #"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret"}"#)
      }
      cloud.valid.withLock { $0 = nil }
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      #expect(error.map { "\($0)" }?.contains("AADSTS7000215") == true)
      #expect(error.map { "\($0)" }?.contains("hunter2") == false)
    }
  }

  @Test("a token is not sent without TLS, except to this machine")
  func noTLS() async throws {
    let store = try AzureStore(
      StoreConfiguration(destinationPath: "http://store.example:10000/acc/c", credentials: .azureIdentity),
      variables: workload("http://127.0.0.1:1"), limits: impatient, logger: quiet)
    try await ObjectStorageTests.with(store) { store in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      #expect(error.map { "\($0)" }?.contains("https://") == true)
    }
    var variables = workload("http://login.example")
    variables["AZURE_AUTHORITY_HOST"] = "http://login.example"
    #expect(throws: ObjectStorageError.self) {
      try AzureStore(
        StoreConfiguration(destinationPath: "https://acc.blob.core.windows.net/c", credentials: .azureIdentity),
        variables: variables, logger: quiet)
    }
  }
}
