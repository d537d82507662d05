import Crypto
import Foundation

/// A shared access signature in a query: somebody with the account's key permits something for a time ("Create a service
/// SAS", "Create an account SAS", Microsoft Learn).
struct SharedAccessSignature: Sendable {
  /// Letters.
  let permissions: String
  /// Of an account SAS the kinds of resources, letters; empty for a service SAS.
  private let resourceTypes: String
  /// Of a service SAS `b` or `c`.
  private let resource: String

  var isOfAccount: Bool { !resourceTypes.isEmpty }

  /// The oldest form that is understood: of 2015-04-05, which brought addresses and protocols.
  private static let oldestVersion = "2015-04-05"

  /// - Throws: 403 for a signature that is not good for the request, whatever it permits.
  init(_ request: ServiceRequest, _ address: ResourceAddress, key: SymmetricKey) throws(StorageError) {
    func parameter(_ name: String) -> String { request.query(name) ?? "" }
    let version = parameter("sv")
    guard version >= Self.oldestVersion, let given = Data(base64Encoded: parameter("sig")) else {
      throw .authenticationFailed("The query parameters 'sv' and 'sig' of a shared access signature are not valid.")
    }
    guard parameter("skoid").isEmpty else {
      throw .authenticationFailed(
        "A user delegation SAS is not understood by the local service; use one of the account's key.")
    }
    guard parameter("si").isEmpty else {
      throw .authenticationFailed("There is no stored access policy '\(parameter("si"))' on the container.")
    }
    permissions = parameter("sp")
    resourceTypes = parameter("srt")
    resource = parameter("sr")
    let text: String
    if resourceTypes.isEmpty {
      guard ["b", "c"].contains(resource), let container = address.container else {
        throw .authenticationFailed("sr is mandatory. Cannot be empty")
      }
      text = Self.serviceText(
        parameter, version: version, permissions: permissions, resource: resource,
        path: "/blob/\(address.account)/\(container)" + (resource == "b" ? "/\(address.blob ?? "")" : ""))
    } else {
      text = Self.accountText(parameter, version: version, account: address.account)
    }
    guard HMAC<SHA256>.isValidAuthenticationCode(given, authenticating: Data(text.utf8), using: key) else {
      throw .authenticationFailed("Signature did not match. String to sign used was \(text)")
    }
    try Self.checkTimes(start: parameter("st"), expiry: parameter("se"), now: request.received)
    if isOfAccount, !parameter("ss").contains("b") { throw .wrongService }
    if parameter("spr") == "https", !request.isSecure { throw .wrongProtocol }
    if !parameter("sip").isEmpty, !Self.includes(request.remoteAddress, in: parameter("sip")) { throw .wrongSource }
  }

  /// Whether it is about a thing like this one.
  func covers(_ operation: StorageOperation) -> Bool {
    if isOfAccount { return resourceTypes.contains(operation.access.resource) }
    // A service SAS is for the blobs whose container or name it was signed with, and of a container only to list it.
    if operation == .listBlobs { return resource == "c" }
    return operation.access.resource == "o"
  }

  private static func checkTimes(start: String, expiry: String, now: Date) throws(StorageError) {
    guard let end = AzureDate.parseISO(expiry) else {
      throw .authenticationFailed("se is mandatory. Cannot be empty")
    }
    let begin = start.isEmpty ? nil : AzureDate.parseISO(start)
    guard start.isEmpty || begin != nil else { throw .authenticationFailed("st is not a valid time") }
    guard now < end, begin.map({ $0 <= now }) ?? true else {
      let from = begin.map { "Start [\(AzureDate.header(Int64($0.timeIntervalSince1970) * 1000))] - " } ?? ""
      throw .authenticationFailed(
        "Signature not valid in the specified time frame: \(from)"
          + "Expiry [\(AzureDate.header(Int64(end.timeIntervalSince1970) * 1000))] - "
          + "Current [\(AzureDate.header(Int64(now.timeIntervalSince1970) * 1000))]")
    }
  }

  private static func serviceText(
    _ parameter: (String) -> String, version: String, permissions: String, resource: String, path: String
  ) -> String {
    var lines = [
      permissions, parameter("st"), parameter("se"), path, parameter("si"), parameter("sip"), parameter("spr"), version,
    ]
    if version >= "2018-11-09" { lines += [resource, ""] }
    if version >= "2020-12-06" { lines.append(parameter("ses")) }
    lines += ["rscc", "rscd", "rsce", "rscl", "rsct"].map(parameter)
    return lines.joined(separator: "\n")
  }

  private static func accountText(_ parameter: (String) -> String, version: String, account: String) -> String {
    var lines = [account] + ["sp", "ss", "srt", "st", "se", "sip", "spr", "sv"].map(parameter)
    if version >= "2020-12-06" { lines.append(parameter("ses")) }
    return lines.joined(separator: "\n") + "\n"
  }

  /// `168.1.5.60`, `168.1.5.60-168.1.5.70`.
  private static func includes(_ address: String, in range: String) -> Bool {
    let ends = range.split(separator: "-").compactMap { SourceRange.addressBytes(String($0)) }
    guard let first = ends.first, let last = ends.last, let own = SourceRange.addressBytes(address),
      own.count == first.count, own.count == last.count
    else { return false }
    return !own.lexicographicallyPrecedes(first) && !last.lexicographicallyPrecedes(own)
  }
}
