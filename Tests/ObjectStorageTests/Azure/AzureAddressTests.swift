import Testing

@testable import ObjectStorage

@Suite("Azure's addresses")
struct AzureAddressTests {
  @Test(
    "the account is in the host, or first in the path",
    arguments: [
      ("https://acc.blob.core.windows.net/backups", "acc", "https://acc.blob.core.windows.net", "backups", ""),
      ("https://acc.blob.core.windows.net/backups/", "acc", "https://acc.blob.core.windows.net", "backups", ""),
      ("https://acc.blob.core.windows.net/backups/a/b", "acc", "https://acc.blob.core.windows.net", "backups", "a/b"),
      ("https://acc.blob.core.usgovcloudapi.net/c", "acc", "https://acc.blob.core.usgovcloudapi.net", "c", ""),
      ("https://acc.z01.blob.storage.azure.net/c", "acc", "https://acc.z01.blob.storage.azure.net", "c", ""),
      ("http://127.0.0.1:10000/acc/c/p", "acc", "http://127.0.0.1:10000/acc", "c", "p"),
      ("http://azurite:10000/acc/c", "acc", "http://azurite:10000/acc", "c", ""),
    ])
  func forms(_ text: String, _ account: String, _ service: String, _ container: String, _ path: String) throws {
    let address = try AzureAddress(text)
    #expect(address.account == account)
    #expect(address.service.text == service)
    #expect(address.container == container)
    #expect(address.path == path)
  }

  @Test(
    "an endpoint replaces the service, and names the account where it does not yet",
    arguments: [
      ("http://azurite:10000", "http://azurite:10000/acc"), ("http://azurite:10000/acc", "http://azurite:10000/acc"),
      ("https://acc.blob.example.com/", "https://acc.blob.example.com"),
    ])
  func endpoint(_ endpoint: String, _ service: String) throws {
    let address = try AzureAddress("https://acc.blob.core.windows.net/c/p", endpoint: endpoint)
    #expect(address.service.text == service)
    #expect(address.container == "c" && address.path == "p" && address.account == "acc")
  }

  @Test(
    "what names no container, or leads elsewhere, is refused",
    arguments: [
      "https://acc.blob.core.windows.net", "http://azurite:10000/acc", "http://azurite:10000", "s3://bucket",
      "https://acc.blob.core.windows.net/c/../d", "https://acc.blob.core.windows.net/c?sig=hunter2",
    ])
  func refused(_ text: String) {
    let error = #expect(throws: ObjectStorageError.self) { try AzureAddress(text) }
    #expect(error.map { "\($0)" }?.contains("hunter2") == false)
  }
}

@Suite("Azure's connection strings")
struct AzureConnectionStringTests {
  @Test("the portal's form")
  func portal() throws {
    let parsed = try AzureConnectionString(
      "DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=YWJj==;EndpointSuffix=core.windows.net\n")
    #expect(parsed.account == "acc" && parsed.key == "YWJj==" && parsed.signature == nil)
    #expect(parsed.endpoint == "https://acc.blob.core.windows.net")
  }

  @Test("with a signature and an address")
  func signature() throws {
    let parsed = try AzureConnectionString(
      "BlobEndpoint=https://acc.blob.example/;SharedAccessSignature=sv=2020&sig=a%3D")
    #expect(parsed.endpoint == "https://acc.blob.example/")
    #expect(parsed.signature == "sv=2020&sig=a%3D" && parsed.key == nil)
  }

  @Test("the emulators'")
  func development() throws {
    let parsed = try AzureConnectionString("UseDevelopmentStorage=true")
    #expect(parsed.account == "devstoreaccount1" && parsed.endpoint == "http://127.0.0.1:10000/devstoreaccount1")
  }

  @Test("what holds no credential is refused without being shown", arguments: ["", "AccountName=a", "hunter2"])
  func refused(_ text: String) {
    let error = #expect(throws: ObjectStorageError.self) { try AzureConnectionString(text) }
    #expect(error.map { "\($0)" }?.contains("hunter2") == false)
  }
}
