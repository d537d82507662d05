import Foundation

/// Where an object store is, as `destinationPath` says it.
public enum StoreDestination: Sendable, Equatable {
  case s3(bucket: String)
  case google(bucket: String)
  /// An account's container, under the cloud's host names or those of an emulator.
  case azure
  /// A directory of the instances: ours.
  case directory(path: String)

  /// Why a text is none, and what it should look like. The text itself may hold a secret and is not repeated.
  public struct ParseError: Error, Equatable {
    public let message: String
    /// Whether there is a secret in the text: it must not be shown.
    public var holdsSecret = false
  }

  static let forms =
    "s3://BUCKET[/PATH], gs://BUCKET[/PATH], https://ACCOUNT.blob.core.windows.net/CONTAINER[/PATH] or file:///DIRECTORY"

  public init(_ text: String) throws(ParseError) {
    guard let scheme = text.range(of: "://"), !text.contains(where: { $0.isWhitespace || $0.isNewline }) else {
      throw ParseError(message: "is not the address of an object store: \(Self.forms)")
    }
    let rest = text[scheme.upperBound...]
    if rest.contains("?") || rest.contains("#") {
      throw ParseError(
        message: "an address ends with its path: a shared access signature belongs into a Secret, which "
          + "azureCredentials.storageSasToken names", holdsSecret: true)
    }
    let host = rest.prefix { $0 != "/" }
    let path = rest.dropFirst(host.count).split(separator: "/")
    if host.contains("@") {
      throw ParseError(message: "an address holds no credentials: they belong into a Secret", holdsSecret: true)
    }
    if path.contains("..") || path.contains(".") { throw ParseError(message: "its path must not contain . or ..") }
    switch text[..<scheme.lowerBound].lowercased() {
    case "s3": self = .s3(bucket: try Self.bucket(host, "s3"))
    case "gs": self = .google(bucket: try Self.bucket(host, "gs"))
    case "http", "https": self = try Self.azure(host, path)
    case "file":
      guard host.isEmpty || host == "localhost" else {
        throw ParseError(message: "a directory has three slashes before its path: file:///\(host)…")
      }
      guard !path.isEmpty else { throw ParseError(message: "names no directory: file:///DIRECTORY") }
      self = .directory(path: "/" + path.joined(separator: "/"))
    case let scheme:
      throw ParseError(message: "there is no object store with \(scheme)://: \(Self.forms)")
    }
  }

  private static func bucket(_ host: Substring, _ scheme: String) throws(ParseError) -> String {
    guard !host.isEmpty else { throw ParseError(message: "names no bucket: \(scheme)://BUCKET[/PATH]") }
    return String(host)
  }

  /// In the cloud the account is a part of the host's name; an emulator has it in the path.
  private static func azure(_ host: Substring, _ path: [Substring]) throws(ParseError) -> StoreDestination {
    guard !host.isEmpty else { throw ParseError(message: "names no host: \(forms)") }
    let isCloud = host.lowercased().contains(".blob.")
    guard path.count >= (isCloud ? 1 : 2) else {
      throw ParseError(
        message: isCloud
          ? "names no container: https://ACCOUNT.blob.core.windows.net/CONTAINER[/PATH]"
          : "names no account and container: http://HOST[:PORT]/ACCOUNT/CONTAINER[/PATH]. For a store with S3's "
            + "interface, destinationPath is s3://BUCKET and endpointURL its address")
    }
    return .azure
  }

  /// Whether it is reached without anybody's credentials.
  public var needsNoCredentials: Bool { if case .directory = self { true } else { false } }
}
