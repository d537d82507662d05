import NIOCore
import XMLCoder

extension AzureStore {
  public func list(_ prefix: String, isFlat: Bool, after token: String?) async throws -> ObjectListing {
    var query = [
      (name: "restype", value: "container"), (name: "comp", value: "list"), (name: "maxresults", value: "5000"),
    ]
    let whole = address.prefix + prefix
    if !whole.isEmpty { query.append(("prefix", whole)) }
    if !isFlat { query.append(("delimiter", "/")) }
    if let token { query.append(("marker", token)) }
    // 5000 names of 1024 bytes, their properties, and all of it escaped.
    let answer = try await client.send(request(.GET, query: query), as: dialect, limit: 64 << 20)
    let page: AzureBlobPage
    do {
      page = try XMLDecoder().decode(AzureBlobPage.self, from: answer.body.xml)
    } catch {
      throw ObjectStorageError.failed(
        service: dialect.service, status: answer.status, text: "the listing cannot be read")
    }
    return page.listing(below: address.prefix, prefix: prefix)
  }
}

/// A page of "List Blobs".
struct AzureBlobPage: Decodable {
  struct Blobs: Decodable {
    var blobs: [Blob]?
    var prefixes: [Prefix]?

    enum CodingKeys: String, CodingKey {
      case blobs = "Blob"
      case prefixes = "BlobPrefix"
    }
  }

  struct Blob: Decodable {
    var name: String
    var properties: Properties

    enum CodingKeys: String, CodingKey {
      case name = "Name"
      case properties = "Properties"
    }
  }

  struct Properties: Decodable {
    var contentLength: Int64
    var tag: String?
    var lastModified: String?

    enum CodingKeys: String, CodingKey {
      case contentLength = "Content-Length"
      case tag = "Etag"
      case lastModified = "Last-Modified"
    }
  }

  struct Prefix: Decodable {
    var name: String

    enum CodingKeys: String, CodingKey { case name = "Name" }
  }

  var content: Blobs?
  var next: String?

  enum CodingKeys: String, CodingKey {
    case content = "Blobs"
    case next = "NextMarker"
  }

  /// Names that are no plain paths are none of ours: they are left out.
  func listing(below root: String, prefix: String) -> ObjectListing {
    var listing = ObjectListing()
    for blob in content?.blobs ?? [] {
      guard let key = ListedName.key(blob.name, root: root, prefix: prefix) else { continue }
      listing.objects.append(
        ObjectInformation(
          key: key, size: blob.properties.contentLength, tag: blob.properties.tag.map(ListedName.quoted),
          modified: blob.properties.lastModified.flatMap { HTTPDate.parse($0) }))
    }
    listing.prefixes = (content?.prefixes ?? []).compactMap { ListedName.prefix($0.name, root: root, prefix: prefix) }
    listing.next = next.flatMap { $0.isEmpty ? nil : $0 }
    return listing
  }
}
