import Foundation

/// Where a service listens: scheme, host, port and the part of the path that all its requests have in common.
struct ServiceAddress: Sendable, Equatable {
  var isSecure: Bool
  /// Without the brackets of an IPv6 address.
  var host: String
  /// Nil: the scheme's own.
  var port: Int?
  /// Not percent-encoded; empty, or begins with a slash and does not end with one.
  var path: String

  init(isSecure: Bool, host: String, port: Int? = nil, path: String = "") {
    self.isSecure = isSecure
    self.host = host
    self.port = port
    self.path = path
  }

  /// Reads `https://host:port/path`.
  init(_ text: String) throws(ObjectStorageError) {
    guard let url = URLComponents(string: text), let scheme = url.scheme?.lowercased(), let host = url.host,
      !host.isEmpty
    else { throw .invalidAddress(text, reason: "it is no address such as https://host/path") }
    guard scheme == "https" || scheme == "http" else {
      throw .invalidAddress(text, reason: "it must begin with https:// or http://")
    }
    guard url.user == nil, url.password == nil, url.query == nil, url.fragment == nil else {
      throw .invalidAddress(
        ServiceAddress.withoutSecrets(text), reason: "user, password, query and fragment are not allowed in it")
    }
    isSecure = scheme == "https"
    self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host.lowercased()
    port = url.port
    var path = Substring(url.path)
    while path.hasSuffix("/") { path = path.dropLast() }
    self.path = String(path)
  }

  /// `host:port`, as the `Host` header has it.
  var authority: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port.map { "\(name):\($0)" } ?? name
  }

  var text: String { "\(isSecure ? "https" : "http")://\(authority)\(path)" }

  /// The parts of the path between slashes.
  var pathParts: [String] { path.split(separator: "/").map(String.init) }

  /// Whether the address is this machine: nobody listens in between.
  var isLoopback: Bool { host == "localhost" || host == "::1" || host.hasPrefix("127.") }

  /// Only up to the query and without a user, for messages.
  private static func withoutSecrets(_ text: String) -> String {
    let plain = text.prefix { $0 != "?" && $0 != "#" }
    guard let at = plain.lastIndex(of: "@"), let scheme = plain.range(of: "://") else { return String(plain) }
    return String(plain[..<scheme.upperBound] + plain[plain.index(after: at)...])
  }
}
