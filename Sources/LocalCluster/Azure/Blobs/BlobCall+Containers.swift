import NIOHTTP1

extension BlobCall {
  func createContainer() async throws -> ServiceResponse {
    if request.header("x-ms-blob-public-access") != nil {
      throw StorageError(409, "PublicAccessNotPermitted", "Public access is not permitted on this storage account.")
    }
    let made = try await store.index.createContainer(
      try container(), account: address.account, metadata: try metadata())
    return ServiceResponse(201, headers: Self.version(made))
  }

  func deleteContainer() async throws -> ServiceResponse {
    let name = try container()
    try Preconditions(request).check(try await store.index.container(name, account: address.account))
    await store.files.remove(try await store.index.deleteContainer(name, account: address.account))
    return ServiceResponse(202)
  }

  func containerProperties() async throws -> ServiceResponse {
    let found = try await store.index.container(try container(), account: address.account)
    var headers = Self.version(found)
    for (name, value) in found.metadata.sorted(by: { $0.key < $1.key }) {
      headers.add(name: "x-ms-meta-\(name)", value: value)
    }
    headers.add(contentsOf: [
      "x-ms-lease-status": "unlocked", "x-ms-lease-state": "available", "x-ms-has-immutability-policy": "false",
      "x-ms-has-legal-hold": "false", "x-ms-default-encryption-scope": "$account-encryption-key",
      "x-ms-deny-encryption-scope-override": "false",
    ])
    return ServiceResponse(200, headers: headers)
  }

  func setContainerMetadata() async throws -> ServiceResponse {
    let name = try container()
    try Preconditions(request).check(try await store.index.container(name, account: address.account))
    let changed = try await store.index.setMetadata(try metadata(), container: name, account: address.account)
    return ServiceResponse(200, headers: Self.version(changed))
  }

  /// There is no public access, and there are no stored policies.
  func containerAccess() async throws -> ServiceResponse {
    let found = try await store.index.container(try container(), account: address.account)
    var xml = StorageXML()
    xml.leaf("SignedIdentifiers", nil)
    return .xml(xml.text, headers: Self.version(found))
  }

  func listContainers() async throws -> ServiceResponse {
    let (prefix, marker) = (request.query("prefix") ?? "", request.query("marker") ?? "")
    let limit = try pageSize()
    let page = try await store.index.containers(
      account: address.account, prefix: prefix, after: try ListingMarker.decode(marker) ?? "", limit: limit)
    let includesMetadata = request.query("include")?.contains("metadata") == true
    var xml = StorageXML()
    xml.element("EnumerationResults", [("ServiceEndpoint", endpoint)]) { xml in
      if !prefix.isEmpty { xml.leaf("Prefix", prefix) }
      if !marker.isEmpty { xml.leaf("Marker", marker) }
      xml.leaf("MaxResults", String(limit))
      xml.element("Containers") { xml in
        for container in page.containers {
          xml.element("Container") { xml in
            xml.leaf("Name", container.name)
            xml.element("Properties") { xml in
              xml.leaf("Last-Modified", AzureDate.header(container.modified))
              xml.leaf("Etag", "\"\(container.tag)\"")
              xml.leaf("LeaseStatus", "unlocked")
              xml.leaf("LeaseState", "available")
              xml.leaf("HasImmutabilityPolicy", "false")
              xml.leaf("HasLegalHold", "false")
            }
            if includesMetadata { xml.metadata(container.metadata) }
          }
        }
      }
      xml.leaf("NextMarker", page.next.map(ListingMarker.encode))
    }
    return .xml(xml.text)
  }

  /// Of the account, as the client reached it.
  var endpoint: String {
    let host = request.headers.first(name: "host") ?? ""
    let path = request.host == AzureSettings.blobHost(address.account) ? "" : "/\(address.account)"
    return "\(request.isSecure ? "https" : "http")://\(host)\(path)/"
  }

  /// At most 5000 a page, which is the default too.
  func pageSize() throws(StorageError) -> Int {
    guard let text = request.query("maxresults"), !text.isEmpty else { return 5000 }
    guard let number = Int(text), number > 0 else {
      throw StorageError(
        400, "OutOfRangeQueryParameterValue",
        "A query parameter specified in the request URI is outside the permissible range.",
        details: [
          .init(name: "QueryParameterName", text: "maxresults"), .init(name: "QueryParameterValue", text: text),
        ])
    }
    return min(number, 5000)
  }

  private static func version(_ container: StoredContainer) -> HTTPHeaders {
    ["ETag": "\"\(container.tag)\"", "Last-Modified": AzureDate.header(container.modified)]
  }
}

extension StorageXML {
  mutating func metadata(_ metadata: [String: String]) {
    element("Metadata") { xml in
      for (name, value) in metadata.sorted(by: { $0.key < $1.key }) { xml.leaf(name, value) }
    }
  }
}
