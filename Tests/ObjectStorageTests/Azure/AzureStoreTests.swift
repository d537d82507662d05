import NIOCore
import Testing

@testable import ObjectStorage

@Suite("Azure Blob Storage", .timeLimit(.minutes(1)))
struct AzureStoreTests {
  private let key = try! ObjectKey("base/data.tar")

  @Test("does what every store does", arguments: ["", "/some/path"])
  func contract(_ path: String) async throws {
    let service = AzureService()
    try await service.with(path: path) { store, server in
      try await StoreContract(store).verify()
      #expect(store.location.hasPrefix("azure://acc/container"))
      #expect(server.requests.contains { $0.header("x-ms-tags") == "a%20b=c%2Fd&e=" })
    }
  }

  @Test("blocks have Barman's names, five digits in base64")
  func blockNames() throws {
    #expect(try AzureStore.blockID(1) == "MDAwMDE=")
    #expect(try AzureStore.blockID(50_000) == "NTAwMDA=")
    #expect(throws: ObjectStorageError.self) { try AzureStore.blockID(0) }
    #expect(throws: ObjectStorageError.self) { try AzureStore.blockID(50_001) }
  }

  @Test("a missing container is made by the first write")
  func makesContainer() async throws {
    let service = AzureService(hasContainer: false)
    try await service.with { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      guard case .noBucket = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      try await store.upload(to: key) { try await $0.write(noise(20 << 20)) }
      #expect(try await store.objects("").map(\.key) == [key])
    }
  }

  @Test("where it may not be made the error says so")
  func mayNotMakeContainer() async throws {
    let service = AzureService(hasContainer: false) { request in
      request.query["restype"] == "container" && request.method == "PUT"
        ? .text(403, "", [("x-ms-error-code", "AuthorizationPermissionMismatch")]) : nil
    }
    try await service.with { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) {
        try await store.write(noise(1), to: key, options: WriteOptions())
      }
      guard case .noBucket(let name, _) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(name == "Container container of storage account acc")
    }
  }

  @Test("a refusal carries the service's own words and a remedy")
  func refused() async throws {
    let service = AzureService { _ in
      .text(403, "<Error><Code>AuthorizationFailure</Code><Message>Not you.\nRequestId:1</Message></Error>")
    }
    try await service.with { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      guard case .refused(_, "AuthorizationFailure: Not you.", let remedy) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(remedy.contains("acc"))
    }
  }

  @Test("what arrives differently is not stored, and the writer is told")
  func wrongChecksum() async throws {
    // The service read other bytes than were sent, and says what sum they have.
    let service = AzureService { request in
      request.method == "PUT" ? .text(201, "", [("Content-MD5", Base64.encode(noise(3).md5))]) : nil
    }
    try await service.with { store, _ in
      await #expect(
        throws: ObjectStorageError.corrupted("Object base/data.tar did not arrive at \(store.location) as it was sent.")
      ) {
        try await store.write(noise(1), to: key, options: WriteOptions())
      }
      await #expect(throws: ObjectStorageError.self) {
        try await store.upload(to: key) { try await $0.write(noise(20 << 20)) }
      }
    }
  }

  @Test(
    "a flipped bit in what was stored is found when it is read, in one request or in blocks",
    arguments: [1000, 20 << 20])
  func flippedBit(_ size: Int) async throws {
    let service = AzureService()
    try await service.with { store, _ in
      try await store.upload(to: key) { try await $0.write(noise(size)) }
      _ = try await store.content(key)
      service.state.withLock { state in
        guard var content = state.blobs["base/data.tar"]?.content else { return }
        content.setInteger((content.getInteger(at: 500) ?? UInt8(0)) ^ 1, at: 500)
        state.blobs["base/data.tar"]?.content = content
      }
      let error = await #expect(throws: ObjectStorageError.self) { try await store.content(key) }
      guard case .corrupted = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }

  @Test("a list of blocks whose first answer was lost was carried out all the same")
  func lostAnswer() async throws {
    let count = Counter()
    let service = AzureService { $0.query["comp"] == "blocklist" && count.next() == 1 ? .lost : nil }
    try await service.with { store, _ in
      try await store.upload(to: key) { try await $0.write(noise(20 << 20)) }
      let read = try await store.content(key)
      #expect(read == noise(20 << 20))
      #expect(count.value == 2)
    }
  }

  @Test("names in a listing that lead elsewhere are left out")
  func strangeNames() async throws {
    let service = AzureService(pageSize: 100)
    for name in [
      "p/../../etc/passwd", "p//etc/passwd", "p/./x", "p/a\\b", "q/other", "p/fine", "p/dir/", "p/x/../y", "p/..//z",
    ] {
      service.state.withLock { $0.blobs[name] = .init(content: noise(1), tag: "1") }
    }
    try await service.with(path: "/p") { store, _ in
      let (objects, folders) = (try await store.objects(""), try await store.folders(""))
      #expect(objects.map(\.key.text) == ["fine"])
      #expect(folders == ["dir", "x"])
    }
  }

  @Test("a listing of many pages, and one that is too long to hold")
  func manyPages() async throws {
    let service = AzureService(pageSize: 1000)
    service.state.withLock { state in
      for number in 0..<20_500 { state.blobs["wals/\(number)"] = .init(content: ByteBuffer(), tag: "1") }
    }
    try await service.with { store, server in
      let objects = try await store.objects("wals/")
      #expect(objects.count == 20_500)
      #expect(server.requests.count == 21)
      await #expect(throws: ObjectStorageError.tooMany(prefix: "wals/", limit: 5000)) {
        try await store.objects("wals/", limit: 5000)
      }
    }
  }

  @Test("a busy, broken and slow service is survived by uploads and downloads")
  func faults() async throws {
    let count = Counter()
    let service = AzureService { request in
      switch count.next() % 9 {
      case 1: .text(503, "", [("x-ms-error-code", "ServerBusy")])
      case 3: .breakConnection
      case 5: .text(500, "<Error><Code>OperationTimedOut</Code></Error>")
      case 7: .silence
      default: nil
      }
    }
    try await service.with { store, _ in
      let content = noise(40 << 20)
      try await store.upload(to: key) { try await $0.write(content) }
      #expect(try await store.content(key) == content)
      #expect(try await store.objects("base/").map(\.key) == [key])
      try await store.delete([key])
      #expect(try await store.information(of: key) == nil)
    }
  }

  @Test("a shared access signature is sent as it is meant, and its limits are named when it is refused")
  func sharedAccess() async throws {
    let service = AzureService { $0.query["sig"] == "a+b/c=" ? nil : .text(403, "") }
    try await service.with(
      credentials: .azureSharedAccess(account: "acc", signature: "?sv=2020-10-02&se=2027-01-01&sig=a%2Bb%2Fc%3D\n")
    ) { store, server in
      try await store.write(noise(1), to: key, options: WriteOptions())
      #expect(server.requests.first?.query["sv"] == "2020-10-02")
    }
    try await service.with(
      credentials: .azureSharedAccess(account: "acc", signature: "se=2027-01-01&sig=hunter2")
    ) { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      #expect(error.map { "\($0)" }?.contains("expires 2027-01-01") == true)
      #expect(error.map { "\($0)" }?.contains("hunter2") == false)
    }
  }
}
