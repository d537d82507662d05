import Testing

@testable import ObjectStorage

@Suite("Opening a store", .timeLimit(.minutes(1)))
struct ObjectStoresTests {
  private func open(_ destination: String, _ credentials: StoreCredentials) throws -> any ObjectStore {
    try ObjectStores.open(
      StoreConfiguration(destinationPath: destination, credentials: credentials), variables: [:], logger: quiet)
  }

  @Test("each form of address becomes the store it names, without a request")
  func forms() async throws {
    let forms: [(String, StoreCredentials, String)] = [
      ("file:///var/lib/archive%20one/", .none, "file:///var/lib/archive one"),
      ("https://acc.blob.core.windows.net/c/p", .azureKey(account: "acc", key: "YWJj"), "azure://acc/c/p"),
      ("https://acc.blob.core.windows.net/c", .azureIdentity, "azure://acc/c"),
      ("http://azurite:10000/acc/c", .azureConnectionString("AccountName=acc;AccountKey=YWJj"), "azure://acc/c"),
      ("s3://b/p/q", .s3Keys(id: "a", secret: "b", sessionToken: nil, region: nil), "s3://b/p/q"),
      ("s3://b", .s3Role(region: nil), "s3://b"), ("gs://b/p", .googleMetadata, "gs://b/p"),
    ]
    for (destination, credentials, location) in forms {
      let store = try open(destination, credentials)
      #expect(store.location == location)
      await store.shutdown()
    }
  }

  @Test("an address that does not fit the credentials is refused, and so is one without any")
  func refused() {
    let refused: [(String, StoreCredentials)] = [
      ("s3://b", .none), ("s3://b", .azureIdentity), ("https://acc.blob.core.windows.net/c", .s3Role(region: nil)),
      ("gs://b", .s3Role(region: nil)), ("file://relative", .none), ("file:///a/../b", .none), ("", .googleMetadata),
      ("https://acc.blob.core.windows.net/c", .azureKey(account: "acc", key: "?")),
    ]
    for (destination, credentials) in refused {
      #expect(throws: ObjectStorageError.self) { try open(destination, credentials) }
    }
  }

  @Test("no description shows a secret")
  func secrets() {
    let all: [StoreCredentials] = [
      .azureConnectionString("AccountKey=hunter2"), .azureKey(account: "a", key: "hunter2"),
      .azureSharedAccess(account: "a", signature: "sig=hunter2"),
      .s3Keys(id: "a", secret: "hunter2", sessionToken: "hunter2", region: nil), .googleKey("hunter2"),
    ]
    for credentials in all {
      #expect(!"\(credentials) \(String(reflecting: credentials))".contains("hunter2"))
    }
  }
}

@Suite("Storage check", .timeLimit(.minutes(1)))
struct StorageCheckTests {
  @Test("a store that works passes every step, and nothing is left")
  func works() async throws {
    let folder = try TemporaryFolder("check")
    let store = try DirectoryStore(folder.path)
    let told = Counter()
    let steps = await store.check { _ in told.next() }
    #expect(steps.map(\.kind) == [.authenticate, .write, .list, .read, .delete])
    #expect(steps.allSatisfy { $0.isPassed && !$0.text.isEmpty })
    #expect(told.value == 5)
    #expect(try await store.objects("") == [])
  }

  @Test("the step that fails says why")
  func fails() async throws {
    let service = AzureService { request in
      request.method == "PUT" ? .text(403, "<Error><Code>AuthorizationPermissionMismatch</Code></Error>") : nil
    }
    try await service.with { store, _ in
      let steps = await store.check()
      #expect(steps.map(\.isPassed) == [true, false])
      #expect(steps.first?.text.contains("The key of storage account acc is accepted") == true)
      #expect(steps.last?.text.contains("AuthorizationPermissionMismatch") == true)
    }
  }

  @Test("a service that loses or changes what it is given does not pass")
  func lies() async throws {
    let service = AzureService { request in
      request.method == "GET" && request.query["comp"] == nil ? .answer(200, [("ETag", "\"1\"")], noise(10)) : nil
    }
    try await service.with { store, _ in
      let steps = await store.check()
      #expect(steps.map(\.isPassed) == [true, true, true, false, true])
      #expect(service.state.withLock { $0.blobs.isEmpty })
    }
  }
}
