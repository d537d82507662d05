import NIOCore
import Testing

@testable import ObjectStorage

/// Our client judged by an emulator that others wrote; tokens come from a server of the test, since emulators have none.
@Suite("Google Cloud Storage at a real service", .serialized, .timeLimit(.minutes(10)))
struct GoogleServicesTests {
  @Test("the emulator does what every store does", arguments: ["", "/below/a path"])
  func emulator(_ path: String) async throws {
    let key = try GoogleKey()
    let arguments = { (port: Int, _: String) in
      ["start", "--host", "127.0.0.1", "--port", "\(port)", "--in-memory", "--default-bucket", "bucket"]
    }
    try await ServiceProcess.with("gcp-storage-emulator", arguments) { service in
      try await TestServer.with {
        key.token($0)
      } _: { tokens in
        let store = try GoogleStore(
          StoreConfiguration(
            destinationPath: "gs://bucket\(path)", endpointURL: service.url,
            credentials: .googleKey(key.json(tokenAddress: "\(tokens.url)/token"))),
          variables: [:], limits: impatient, logger: quiet)
        try await ObjectStorageTests.with(store) {
          // The emulator puts metadata into headers as it is.
          try await StoreContract($0, options: WriteOptions(tags: ["a": "b/c"])).verify()
        }
      }
    }
  }
}
