import Foundation
import NIOHTTP1

/// One request to the blob service that may be done.
struct BlobCall: Sendable {
  let store: BlobStore
  let request: ServiceRequest
  let address: ResourceAddress
  let grant: Grant

  func perform(_ operation: StorageOperation, _ body: inout BodyReader) async throws -> ServiceResponse {
    switch operation {
    case .listContainers: try await listContainers()
    case .serviceProperties: .xml(Self.serviceProperties)
    case .accountInformation:
      ServiceResponse(
        200,
        headers: ["x-ms-sku-name": "Standard_LRS", "x-ms-account-kind": "StorageV2", "x-ms-is-hns-enabled": "false"])
    case .createContainer: try await createContainer()
    case .deleteContainer: try await deleteContainer()
    case .containerProperties: try await containerProperties()
    case .setContainerMetadata: try await setContainerMetadata()
    case .containerAccess: try await containerAccess()
    case .listBlobs: try await listBlobs()
    case .putBlob: try await putBlob(&body)
    case .putBlock: try await putBlock(&body)
    case .putBlockList: try await putBlockList(&body)
    case .blockList: try await blockList()
    case .getBlob: try await getBlob()
    case .blobProperties: try await blobProperties()
    case .blobMetadata: try await blobMetadata()
    case .setBlobMetadata: try await setBlobMetadata()
    case .setBlobProperties: try await setBlobProperties()
    case .blobTags: try await blobTags()
    case .setBlobTags: try await setBlobTags(&body)
    case .setTier: try await setTier()
    case .deleteBlob: try await deleteBlob()
    case .batch: throw StorageError.notImplemented("a batch within a batch")
    case .unsupported(let what): throw StorageError.notImplemented(what)
    }
  }

  /// - Throws: 400 where the request names no blob.
  func key() throws(StorageError) -> BlobKey {
    guard let container = address.container, let blob = address.blob else { throw .invalidURI }
    return BlobKey(account: address.account, container: container, name: blob)
  }

  func container() throws(StorageError) -> String {
    guard let container = address.container else { throw .invalidURI }
    return container
  }

  /// The conditions of the request as the index checks them, in the transaction that makes the change.
  func condition() -> BlobCondition {
    let preconditions = Preconditions(request)
    let createsOnly = grant.createsOnly
    return { blob in
      try preconditions.check(blob)
      if createsOnly, blob != nil { throw StorageError.permissionMismatch }
    }
  }

  /// `x-ms-meta-*`.
  func metadata() throws(StorageError) -> [String: String] {
    let metadata = request.headers(after: "x-ms-meta-")
    if let wrong = metadata.keys.first(where: { !ResourceNames.isMetadata($0) }) {
      throw StorageError(
        400, "InvalidMetadata", "The metadata specified is invalid. It has characters that are not permitted.",
        details: [.init(name: "HeaderName", text: "x-ms-meta-\(wrong)")])
    }
    return metadata
  }

  static func version(_ written: WrittenBlob) -> HTTPHeaders {
    [
      "ETag": "\"\(written.tag)\"", "Last-Modified": AzureDate.header(written.modified),
      "x-ms-request-server-encrypted": "true",
    ]
  }

  /// There is nothing to set; clients read it to see what the service can.
  private static let serviceProperties = """
    <?xml version="1.0" encoding="utf-8"?><StorageServiceProperties><Logging><Version>1.0</Version><Read>false</Read>\
    <Write>false</Write><Delete>false</Delete><RetentionPolicy><Enabled>false</Enabled></RetentionPolicy></Logging>\
    <HourMetrics><Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy><Enabled>false</Enabled>\
    </RetentionPolicy></HourMetrics><MinuteMetrics><Version>1.0</Version><Enabled>false</Enabled><RetentionPolicy>\
    <Enabled>false</Enabled></RetentionPolicy></MinuteMetrics><Cors /><DeleteRetentionPolicy><Enabled>false</Enabled>\
    </DeleteRetentionPolicy><StaticWebsite><Enabled>false</Enabled></StaticWebsite></StorageServiceProperties>
    """
}
