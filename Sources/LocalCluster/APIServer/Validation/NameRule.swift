import Kubernetes

/// What an object of a kind may be called, with Kubernetes' messages (`k8s.io/apimachinery/pkg/util/validation`).
enum NameRule: Sendable {
  /// Lowercase DNS subdomain, RFC 1123: most kinds.
  case subdomain
  /// Lowercase DNS label, RFC 1123: namespaces.
  case label
  /// DNS label that starts with a letter, RFC 1035: services.
  case label1035
  /// What can stand in a path: RBAC, where names such as `system:node` are usual.
  case pathSegment

  private static let subdomainText =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start "
    + "and end with an alphanumeric character (e.g. 'example.com', regex used for validation is "
    + #"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#
  private static let labelText =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end "
    + "with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is "
    + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
  private static let label1035Text =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, "
    + "and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is "
    + "'[a-z]([-a-z0-9]*[a-z0-9])?')"

  /// What is wrong with a name; empty if nothing is.
  func problems(_ name: String) -> [String] {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    switch self {
    case .subdomain:
      return length(name, 253) + (parts.allSatisfy(Self.isLabel) ? [] : [Self.subdomainText])
    case .label:
      return length(name, 63) + (Self.isLabel(name[...]) ? [] : [Self.labelText])
    case .label1035:
      let isLabel = Self.isLabel(name[...]) && name.utf8.first.map { !Self.isDigit($0) } ?? false
      return length(name, 63) + (isLabel ? [] : [Self.label1035Text])
    case .pathSegment:
      if name == "." || name == ".." { return ["may not be '\(name)'"] }
      return ["/", "%"].filter(name.contains).map { "may not contain '\($0)'" }
    }
  }

  private func length(_ name: String, _ limit: Int) -> [String] {
    name.utf8.count > limit ? ["must be no more than \(limit) characters"] : []
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isAlphanumeric(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
  }

  private static func isLabel(_ text: Substring) -> Bool {
    guard let first = text.utf8.first, let last = text.utf8.last else { return false }
    return isAlphanumeric(first) && isAlphanumeric(last)
      && text.utf8.allSatisfy { isAlphanumeric($0) || $0 == UInt8(ascii: "-") }
  }
}
