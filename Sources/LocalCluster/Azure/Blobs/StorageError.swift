import NIOHTTP1

/// Why a request is refused, in Azure's words ("Status and error codes", Microsoft Learn): clients look at the code, people
/// at the message.
struct StorageError: Error, Sendable, Equatable {
  var status: Int
  var code: String
  var message: String
  /// Elements beside code and message.
  var details: [Detail] = []
  /// `WWW-Authenticate`: where a token may be had.
  var challenge: String?

  struct Detail: Sendable, Equatable {
    var name: String
    var text: String
  }

  init(_ status: Int, _ code: String, _ message: String, details: [Detail] = []) {
    self.status = status
    self.code = code
    self.message = message
    self.details = details
  }

  func response(requestID: String, isHead: Bool) -> ServiceResponse {
    var headers: HTTPHeaders = ["x-ms-error-code": code]
    if let challenge { headers.add(name: "WWW-Authenticate", value: challenge) }
    // An answer without a body to a request that only asks whether something has changed (RFC 9110, section 15.4.5).
    guard status != 304 else { return ServiceResponse(304, headers: headers) }
    var xml = StorageXML()
    xml.element("Error") { xml in
      xml.leaf("Code", code)
      xml.leaf("Message", "\(message)\nRequestId:\(requestID)\nTime:\(AzureDate.precise())")
      for detail in details { xml.leaf(detail.name, detail.text) }
    }
    return .xml(xml.text, status: status, headers: headers)
  }
}

extension StorageError {
  static let invalidURI = StorageError(
    400, "InvalidUri", "The requested URI does not represent any resource on the server.")
  static let invalidResourceName = StorageError(
    400, "InvalidResourceName", "The specifed resource name contains invalid characters.")
  static let resourceNotFound = StorageError(404, "ResourceNotFound", "The specified resource does not exist.")
  static let containerNotFound = StorageError(404, "ContainerNotFound", "The specified container does not exist.")
  static let containerAlreadyExists = StorageError(
    409, "ContainerAlreadyExists", "The specified container already exists.")
  static let blobNotFound = StorageError(404, "BlobNotFound", "The specified blob does not exist.")
  static let blobAlreadyExists = StorageError(409, "BlobAlreadyExists", "The specified blob already exists.")
  static let invalidBlobOrBlock = StorageError(
    400, "InvalidBlobOrBlock", "The specified blob or block content is invalid.")
  static let invalidBlockList = StorageError(400, "InvalidBlockList", "The specified block list is invalid.")
  static let tooManyUncommittedBlocks = StorageError(
    409, "BlockCountExceedsLimit", "The uncommitted block count cannot exceed the maximum limit of 100,000 blocks.")
  static let blockCountExceedsLimit = StorageError(
    409, "BlockCountExceedsLimit", "The committed block count cannot exceed the maximum limit of 50,000 blocks.")
  static let requestBodyTooLarge = StorageError(
    413, "RequestBodyTooLarge", "The request body is too large and exceeds the maximum permissible limit.")
  static let missingContentLength = StorageError(
    411, "MissingContentLengthHeader", "The Content-Length header was not specified.")
  static let md5Mismatch = StorageError(
    400, "Md5Mismatch",
    "The MD5 value specified in the request did not match with the MD5 value calculated by the server.")
  static let crc64Mismatch = StorageError(
    400, "Crc64Mismatch",
    "The CRC64 value specified in the request did not match with the CRC64 value calculated by the server.")
  static let conditionNotMet = StorageError(
    412, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
  static let notModified = StorageError(
    304, "ConditionNotMet", "The condition specified using HTTP conditional header(s) is not met.")
  static let invalidXML = StorageError(400, "InvalidXmlDocument", "XML specified is not syntactically valid.")
  static let invalidTags = StorageError(400, "InvalidTag", "The tags specified are invalid. Please check them.")
  static let internalError = StorageError(
    500, "InternalError", "The server encountered an internal error. Please retry the request.")

  static func invalidRange(size: Int64) -> StorageError {
    StorageError(416, "InvalidRange", "The range specified is invalid for the current size of the resource.")
  }

  static func notImplemented(_ what: String) -> StorageError {
    StorageError(
      501, "NotImplemented", "The requested operation is not implemented on the specified resource.",
      details: [Detail(name: "NotImplementedDetail", text: "\(what) is not part of the local service.")])
  }

  static func missingHeader(_ name: String) -> StorageError {
    StorageError(
      400, "MissingRequiredHeader", "An HTTP header that's mandatory for this request is not specified.",
      details: [Detail(name: "HeaderName", text: name)])
  }

  static func invalidHeader(_ name: String, _ value: String) -> StorageError {
    StorageError(
      400, "InvalidHeaderValue", "The value for one of the HTTP headers is not in the correct format.",
      details: [Detail(name: "HeaderName", text: name), Detail(name: "HeaderValue", text: value)])
  }

  static func invalidQuery(_ name: String, _ value: String) -> StorageError {
    StorageError(
      400, "InvalidQueryParameterValue",
      "Value for one of the query parameters specified in the request URI is invalid.",
      details: [
        Detail(name: "QueryParameterName", text: name), Detail(name: "QueryParameterValue", text: value),
      ])
  }
}
