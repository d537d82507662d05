import AsyncHTTPClient
import Foundation

/// Through which proxy a host is reached, as the variables `HTTPS_PROXY` and `NO_PROXY` say. In small letters too; those win,
/// as with curl.
///
/// Only TLS connections use the proxy (by `CONNECT`): metadata services of a machine speak plain HTTP and must not.
struct ProxySettings: Sendable, Equatable {
  struct Proxy: Sendable, Equatable {
    var host: String
    var port: Int
    var user: String?
    var password: String?
  }

  var proxy: Proxy?
  private var exceptions: [Exception] = []

  private enum Exception: Equatable {
    case everything
    /// The host itself and what is below it.
    case domain(String, port: Int?)
    case network(Network)
  }

  init(_ variables: [String: String]) throws(ObjectStorageError) {
    func variable(_ name: String) -> String? {
      [variables[name.lowercased()], variables[name]].compactMap { $0 }.first { !$0.isEmpty }
    }
    guard let text = variable("HTTPS_PROXY") else { return }
    guard let url = URLComponents(string: text.contains("://") ? text : "http://\(text)"),
      url.scheme?.lowercased() == "http", let host = url.host, !host.isEmpty
    else {
      throw .invalidAddress("HTTPS_PROXY", reason: "the variable must hold an address such as http://proxy:3128")
    }
    proxy = Proxy(host: host, port: url.port ?? 80, user: url.user, password: url.password)
    exceptions = (variable("NO_PROXY") ?? "").split(whereSeparator: { $0 == "," || $0 == " " }).map {
      Self.exception($0)
    }
  }

  /// `example.com`, `.example.com`, `*.example.com`, `host:port`, `10.0.0.0/8`, `*`.
  private static func exception(_ entry: Substring) -> Exception {
    if entry == "*" { return .everything }
    if let network = Network(entry) { return .network(network) }
    var name = entry.lowercased()[...]
    var port: Int?
    if let colon = name.lastIndex(of: ":"), let number = Int(name[name.index(after: colon)...]) {
      port = number
      name = name[..<colon]
    }
    if name.hasPrefix("*") { name = name.dropFirst() }
    if name.hasPrefix(".") { name = name.dropFirst() }
    return .domain(String(name), port: port)
  }

  func usesProxy(for address: ServiceAddress) -> Bool {
    guard proxy != nil, address.isSecure, !address.isLoopback else { return false }
    return !exceptions.contains { exception in
      switch exception {
      case .everything: true
      case .network(let network): network.contains(address.host)
      case .domain(let name, let port):
        (port == nil || port == address.port ?? 443) && (address.host == name || address.host.hasSuffix(".\(name)"))
      }
    }
  }
}

/// Addresses that begin alike: `10.0.0.0/8`, `fd00::/8`, or a single one.
struct Network: Sendable, Equatable {
  private let bytes: [UInt8]
  private let prefix: Int

  init?(_ text: some StringProtocol) {
    let parts = text.split(separator: "/", maxSplits: 1)
    guard let first = parts.first, let bytes = Self.bytes(String(first)) else { return nil }
    self.bytes = bytes
    guard parts.count == 2 else {
      prefix = bytes.count * 8
      return
    }
    guard let length = Int(parts[1]), (0...bytes.count * 8).contains(length) else { return nil }
    prefix = length
  }

  func contains(_ host: String) -> Bool {
    guard let other = Self.bytes(host), other.count == bytes.count else { return false }
    return (0..<prefix).allSatisfy { bit in
      let mask = UInt8(128) >> UInt8(bit % 8)
      return other[bit / 8] & mask == bytes[bit / 8] & mask
    }
  }

  private static func bytes(_ text: String) -> [UInt8]? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return withUnsafeBytes(of: four) { Array($0) } }
    var six = in6_addr()
    if inet_pton(AF_INET6, text, &six) == 1 { return withUnsafeBytes(of: six) { Array($0) } }
    return nil
  }
}
