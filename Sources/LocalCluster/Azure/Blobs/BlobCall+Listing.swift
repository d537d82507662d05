extension BlobCall {
  func listBlobs() async throws -> ServiceResponse {
    let marker = request.query("marker") ?? ""
    var listing = BlobIndex.Listing()
    listing.prefix = request.query("prefix") ?? ""
    listing.delimiter = request.query("delimiter") ?? ""
    listing.after = try ListingMarker.decode(marker)
    listing.limit = try pageSize()
    let name = try container()
    let page = try await store.index.list(container: name, account: address.account, listing)
    let include = Set((request.query("include") ?? "").split(separator: ",").map(String.init))
    if include.contains("tags") { try grant.demandTags() }
    var xml = StorageXML()
    xml.element("EnumerationResults", [("ServiceEndpoint", endpoint), ("ContainerName", name)]) { xml in
      if !listing.prefix.isEmpty { xml.leaf("Prefix", listing.prefix) }
      if !marker.isEmpty { xml.leaf("Marker", marker) }
      xml.leaf("MaxResults", String(listing.limit))
      if !listing.delimiter.isEmpty { xml.leaf("Delimiter", listing.delimiter) }
      xml.element("Blobs") { xml in
        for entry in page.entries {
          switch entry {
          case .blob(let blob): xml.blob(blob, include: include)
          case .prefix(let prefix): xml.element("BlobPrefix") { $0.nameLeaf(prefix) }
          }
        }
      }
      xml.leaf("NextMarker", page.next.map(ListingMarker.encode))
    }
    return .xml(xml.text)
  }
}

extension StorageXML {
  fileprivate mutating func blob(_ blob: StoredBlob, include: Set<String>) {
    element("Blob") { xml in
      xml.nameLeaf(blob.name)
      xml.element("Properties") { xml in
        xml.leaf("Creation-Time", AzureDate.header(blob.created))
        xml.leaf("Last-Modified", AzureDate.header(blob.modified))
        xml.leaf("Etag", blob.tag)
        xml.leaf("Content-Length", String(blob.size))
        xml.leaf("Content-Type", blob.details.contentType)
        xml.leaf("Content-Encoding", blob.details.contentEncoding)
        xml.leaf("Content-Language", blob.details.contentLanguage)
        xml.leaf("Content-CRC64", nil)
        xml.leaf("Content-MD5", blob.details.contentMD5)
        xml.leaf("Cache-Control", blob.details.cacheControl)
        xml.leaf("Content-Disposition", blob.details.contentDisposition)
        xml.leaf("BlobType", "BlockBlob")
        xml.leaf("AccessTier", blob.details.tier ?? BlobCall.accountTier)
        if blob.details.tier == nil { xml.leaf("AccessTierInferred", "true") }
        xml.leaf("LeaseStatus", "unlocked")
        xml.leaf("LeaseState", "available")
        xml.leaf("ServerEncrypted", "true")
        if !blob.details.tags.isEmpty { xml.leaf("TagCount", String(blob.details.tags.count)) }
      }
      if include.contains("metadata") { xml.metadata(blob.details.metadata) }
      if include.contains("tags"), !blob.details.tags.isEmpty { xml.tags(blob.details.tags) }
      xml.leaf("OrMetadata", nil)
    }
  }

  mutating func tags(_ tags: [String: String]) {
    element("Tags") { xml in
      xml.element("TagSet") { xml in
        for (name, value) in tags.sorted(by: { $0.key < $1.key }) {
          xml.element("Tag") { xml in
            xml.leaf("Key", name)
            xml.leaf("Value", value)
          }
        }
      }
    }
  }
}
