import Foundation

/// What others have to know to use the storage account: the connection string that Azure's tools take.
public struct AzureAccount: Sendable, CustomStringConvertible {
  public let name: String
  /// Base64.
  public let key: String
  private let endpoint: String

  public var description: String { "AzureAccount(\(name))" }

  /// - Returns: nil where the keys were not made yet.
  /// - Throws: ``AzureError/unreadable(_:reason:)``.
  public init?(of settings: LocalSettings) throws(AzureError) {
    guard let key = try AzureSecrets.load(from: settings.azureDirectory)?.accountKeys[AzureSettings.account] else {
      return nil
    }
    name = AzureSettings.account
    self.key = key
    endpoint = "http://\(settings.apiAddress):\(LocalSettings.azurePort)/\(name)"
  }

  /// With the service in the form of an emulator, for those who do not use the proxy.
  public var connectionString: String {
    "DefaultEndpointsProtocol=http;AccountName=\(name);AccountKey=\(key);BlobEndpoint=\(endpoint);"
  }
}

/// The blobs of a container by name, read beside the running control plane or without one.
public struct BlobNames: Sendable {
  public struct Entry: Codable, Sendable, Equatable {
    public let name: String
    public let size: Int64
    public let contentType: String
    public let tag: String
    public let modified: String
    public let tags: [String: String]
  }

  private let index: BlobIndex

  /// - Throws: ``AzureError/unreadable(_:reason:)``. Blocks.
  public init(_ settings: LocalSettings) throws(AzureError) {
    index = try BlobIndex(reading: BlobStore.indexPath(in: settings.azureDirectory))
  }

  /// - Throws: ``AzureError/noContainer(_:account:known:)``.
  public func list(container: String, prefix: String, _ take: ([Entry]) -> Void) async throws {
    var listing = BlobIndex.Listing(prefix: prefix)
    repeat {
      let page: BlobPage
      do {
        page = try await index.list(container: container, account: AzureSettings.account, listing)
      } catch let error as StorageError where error == .containerNotFound {
        let known = try await index.containers(account: AzureSettings.account, prefix: "", after: "", limit: 100)
        throw AzureError.noContainer(container, account: AzureSettings.account, known: known.containers.map(\.name))
      }
      take(
        page.entries.compactMap { entry in
          guard case .blob(let blob) = entry else { return nil }
          return Entry(
            name: blob.name, size: blob.size, contentType: blob.details.contentType, tag: blob.tag,
            modified: Timestamps.text(Date(timeIntervalSince1970: Double(blob.modified / 1000))),
            tags: blob.details.tags)
        })
      listing.after = page.next
    } while listing.after != nil
  }
}
