/// What a request wants done, and what a shared access signature must permit for that ("Create a service SAS", "Create an
/// account SAS": operations by permission).
enum StorageOperation: Sendable, Equatable {
  case listContainers, serviceProperties, accountInformation
  case createContainer, deleteContainer, containerProperties, setContainerMetadata, containerAccess
  case listBlobs, batch
  case putBlob, putBlock, putBlockList, blockList
  case getBlob, blobProperties, blobMetadata, setBlobMetadata, setBlobProperties, blobTags, setBlobTags, setTier
  case deleteBlob
  case unsupported(String)

  init(_ request: ServiceRequest, _ address: ResourceAddress) {
    let comp = request.query("comp")?.lowercased() ?? ""
    let restype = request.query("restype")?.lowercased() ?? ""
    let isRead = request.method == "GET" || request.method == "HEAD"
    if address.blob != nil {
      self = Self.ofBlob(request, comp, isRead: isRead)
    } else if address.container != nil {
      switch (request.method, restype, comp) {
      case ("PUT", "container", ""): self = .createContainer
      case ("DELETE", "container", ""): self = .deleteContainer
      case (_, "container", "") where isRead, (_, "container", "metadata") where isRead: self = .containerProperties
      case ("PUT", "container", "metadata"): self = .setContainerMetadata
      case (_, "container", "acl") where isRead: self = .containerAccess
      case ("GET", "container", "list"): self = .listBlobs
      case ("POST", "container", "batch"): self = .batch
      case (_, _, "properties") where isRead && restype == "account": self = .accountInformation
      default: self = .unsupported("\(request.method) of a container, restype=\(restype), comp=\(comp)")
      }
    } else {
      switch (request.method, restype, comp) {
      case ("GET", _, "list"): self = .listContainers
      case ("GET", "service", "properties"): self = .serviceProperties
      case (_, "account", "properties") where isRead: self = .accountInformation
      case ("POST", _, "batch"): self = .batch
      default: self = .unsupported("\(request.method) of an account, restype=\(restype), comp=\(comp)")
      }
    }
  }

  private static func ofBlob(_ request: ServiceRequest, _ comp: String, isRead: Bool) -> StorageOperation {
    if request.header("x-ms-copy-source") != nil { return .unsupported("copying") }
    if request.query("snapshot") != nil || request.query("versionid") != nil {
      return .unsupported("an earlier version")
    }
    switch (request.method, comp) {
    case ("PUT", ""): return .putBlob
    case ("PUT", "block"): return .putBlock
    case ("PUT", "blocklist"): return .putBlockList
    case ("GET", "blocklist"): return .blockList
    case ("GET", ""): return .getBlob
    case ("HEAD", ""): return .blobProperties
    case (_, "metadata") where isRead: return .blobMetadata
    case ("PUT", "metadata"): return .setBlobMetadata
    case ("PUT", "properties"): return .setBlobProperties
    case ("GET", "tags"): return .blobTags
    case ("PUT", "tags"): return .setBlobTags
    case ("PUT", "tier"): return .setTier
    case (_, "properties") where isRead && request.query("restype") == "account": return .accountInformation
    case ("DELETE", ""): return .deleteBlob
    default: return .unsupported("\(request.method) of a blob, comp=\(comp)")
    }
  }

  /// `s`ervice, `c`ontainer or `o`bject, and the letters of which one must be permitted.
  var access: (resource: Character, anyOf: String) {
    switch self {
    case .listContainers: ("s", "l")
    case .serviceProperties: ("s", "r")
    case .accountInformation: ("s", "rwdlacup")
    case .createContainer: ("c", "cw")
    case .deleteContainer: ("c", "d")
    case .containerProperties: ("c", "r")
    case .setContainerMetadata: ("c", "w")
    case .containerAccess: ("c", "")
    case .listBlobs: ("c", "l")
    case .batch: ("o", "rwdlacuptx")
    // A blob that is there may be replaced by those only who may write: see `createsOnly`.
    case .putBlob, .putBlockList: ("o", "wc")
    case .putBlock, .setBlobMetadata, .setBlobProperties, .setTier: ("o", "w")
    case .blockList, .getBlob, .blobProperties, .blobMetadata: ("o", "r")
    case .blobTags, .setBlobTags: ("o", "t")
    case .deleteBlob: ("o", "d")
    case .unsupported: ("o", "rwdlacuptx")
    }
  }
}
