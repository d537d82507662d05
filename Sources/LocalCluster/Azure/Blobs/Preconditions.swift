/// The conditional fields of a request (RFC 9110, section 13; "Specifying conditional headers for Blob service
/// operations").
struct Preconditions: Sendable {
  private let match: [String]
  private let noneMatch: [String]
  /// Seconds since 1970.
  private let modifiedSince: Int64?
  private let unmodifiedSince: Int64?
  private let isRead: Bool

  init(_ request: ServiceRequest) {
    func tags(_ name: String) -> [String] {
      request.headers[canonicalForm: name].map { String($0).replacing("\"", with: "") }.filter { !$0.isEmpty }
    }
    match = tags("If-Match")
    noneMatch = tags("If-None-Match")
    modifiedSince = request.header("If-Modified-Since").flatMap(AzureDate.parse)
    unmodifiedSince = request.header("If-Unmodified-Since").flatMap(AzureDate.parse)
    isRead = request.method == "GET" || request.method == "HEAD"
  }

  /// - Throws: 412 or, to those who only read, 304; `BlobAlreadyExists` where nothing may be replaced.
  func check(_ blob: StoredBlob?) throws(StorageError) {
    try check(tag: blob?.tag, modified: blob?.modified)
  }

  func check(_ container: StoredContainer) throws(StorageError) {
    try check(tag: container.tag, modified: container.modified)
  }

  private func check(tag: String?, modified: Int64?) throws(StorageError) {
    let seconds = modified.map { $0 / 1000 }
    if !match.isEmpty {
      guard let tag, match.contains("*") || match.contains(tag) else { throw .conditionNotMet }
    }
    if let unmodifiedSince, let seconds, seconds > unmodifiedSince { throw .conditionNotMet }
    if let tag, !noneMatch.isEmpty, noneMatch.contains("*") || noneMatch.contains(tag) {
      if isRead { throw .notModified }
      throw noneMatch.contains("*") ? .blobAlreadyExists : .conditionNotMet
    }
    if let modifiedSince, let seconds, seconds <= modifiedSince { throw isRead ? .notModified : .conditionNotMet }
  }
}
