import NIOCore
import Testing

@testable import ObjectStorage

/// Our client judged by services that others wrote.
@Suite("S3 at real services", .serialized, .timeLimit(.minutes(10)))
struct S3ServicesTests {
  private func with(
    _ service: ServiceProcess, path: String = "", secret: String = "hunter2hunter2", region: String? = nil,
    _ body: (S3Store) async throws -> Void
  ) async throws {
    let store = try S3Store(
      StoreConfiguration(
        destinationPath: "s3://bucket\(path)", endpointURL: service.url,
        credentials: .s3Keys(id: "matriarch", secret: secret, sessionToken: nil, region: region)),
      variables: [:], limits: impatient, logger: quiet)
    try await ObjectStorageTests.with(store, body)
  }

  @Test("moto does what every store does; the bucket is made by the first write")
  func moto() async throws {
    let arguments = { (port: Int, _: String) in ["-H", "127.0.0.1", "-p", "\(port)"] }
    try await ServiceProcess.with("moto_server", arguments) { service in
      try await with(service, region: "eu-central-1") { store in
        let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
        guard case .noBucket = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        try await makeBucket(store)
        try await StoreContract(store).verify()
      }
      try await with(service, path: "/below/a path", region: "eu-central-1") { store in
        try await StoreContract(store).verify()
        // What was abandoned left no parts.
        let uploads = try await store.client.send(store.request(.GET, query: [("uploads", "")]), as: store.dialect)
        #expect(!String(buffer: uploads.body).contains("<Upload>"))
        try await encryption(store)
        try await manyObjects(store)
      }
    }
  }

  private func makeBucket(_ store: S3Store) async throws {
    let key = try ObjectKey("first")
    try await store.write(noise(1), to: key, options: WriteOptions())
    try await store.delete([key])
  }

  private func encryption(_ store: S3Store) async throws {
    let key = try ObjectKey("encrypted")
    try await store.write(noise(100), to: key, options: WriteOptions(encryption: .aes256))
    let answer = try await store.client.send(store.request(.HEAD, key), as: store.dialect)
    #expect(answer.headers.first(name: "x-amz-server-side-encryption") == "AES256")
    #expect(answer.headers.first(name: S3Store.checksumHeader) == Base64.encode(noise(100).md5))
    try await store.upload(to: key, options: WriteOptions(encryption: .kms)) { try await $0.write(noise(10 << 20)) }
    #expect(try await store.content(key) == noise(10 << 20))
    try await store.delete([key])
  }

  private func manyObjects(_ store: S3Store) async throws {
    let keys = try (0..<2100).map { try ObjectKey("many/\($0 % 10)/\($0) +%&<>") }
    try await inParallel(keys, limit: 8) { try await store.write(ByteBuffer(), to: $0, options: WriteOptions()) }
    #expect(try await store.objects("many/").map(\.key) == keys.sorted())
    #expect(try await store.folders("many/") == (0..<10).map(String.init))
    try await store.delete(keys)
    #expect(try await store.objects("many/").isEmpty)
  }

  @Test("rclone, which verifies signatures, does what every store does")
  func rclone() async throws {
    let arguments = { (port: Int, folder: String) in
      [
        "serve", "s3", "--auth-key", "matriarch,hunter2hunter2", "--addr", "127.0.0.1:\(port)", "--vfs-cache-mode",
        "off", folder,
      ]
    }
    try await ServiceProcess.with("rclone", arguments) { service in
      try await with(service) { store in
        try await makeBucket(store)
        // It has no tags, and streams parts on as they come.
        try await StoreContract(store, options: WriteOptions(), replacesParts: false).verify()
      }
      try await with(service, secret: "wrong") { store in
        let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
        guard case .refused(_, let text, let remedy) = error else {
          Issue.record("\(String(describing: error))")
          return
        }
        #expect(text.hasPrefix("SignatureDoesNotMatch"))
        #expect(remedy.contains("secretAccessKey"))
      }
    }
  }
}
