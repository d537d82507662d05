import Foundation

/// The `format`s of strings that Kubernetes checks (k8s.io/kube-openapi/pkg/validation/strfmt); others say nothing.
enum StringFormat {
  /// What is checked here, and the formats of numbers.
  static let known: Set<String> = [
    "byte", "cidr", "date", "date-time", "datetime", "double", "duration", "email", "float", "hexcolor", "hostname",
    "int32", "int64", "ipv4", "ipv6", "mac", "password", "uri", "uuid", "uuid3", "uuid4", "uuid5",
  ]

  static func isValid(_ text: String, _ format: String) -> Bool {
    switch format {
    case "date-time", "datetime": return isDateTime(text)
    case "date": return text.utf8.count == 10 && isDateTime(text + "T00:00:00Z")
    case "byte": return isBase64(text)
    case "uuid", "uuid3", "uuid4", "uuid5": return isUUID(text)
    case "ipv4": return isAddress(text, AF_INET)
    case "ipv6": return isAddress(text, AF_INET6)
    case "cidr": return isNetwork(text)
    case "duration": return isDuration(text)
    case "hostname":
      return matches(text, #"^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*$"#)
    case "email": return matches(text, #"^[^@\s]+@[^@\s]+$"#)
    case "uri": return matches(text, #"^(/|[a-zA-Z][-+.a-zA-Z0-9]*:)[^\s\x00-\x1f\x7f]*$"#)
    case "mac": return matches(text, #"^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$"#)
    case "hexcolor": return matches(text, #"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$"#)
    default: return true
    }
  }

  private static func matches(_ text: String, _ pattern: String) -> Bool {
    (try? RegularExpression.cached(pattern))?.matches(text) ?? true
  }

  /// RFC 3339, such as `2026-01-31T12:00:00.5+02:00`.
  private static func isDateTime(_ text: String) -> Bool {
    guard matches(text, #"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[-+]\d\d:\d\d)$"#) else { return false }
    let digits = Array(text.utf8)
    func number(_ start: Int) -> Int { Int(digits[start] - 48) * 10 + Int(digits[start + 1] - 48) }
    let year = number(0) * 100 + number(2)
    let month = number(5)
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), (1...lengths[month - 1]).contains(number(8)) else { return false }
    return number(11) < 24 && number(14) < 60 && number(17) <= 60
  }

  private static func isBase64(_ text: String) -> Bool {
    text.utf8.count % 4 == 0 && matches(text, "^[A-Za-z0-9+/]*={0,2}$")
  }

  private static func isUUID(_ text: String) -> Bool {
    matches(text, "^(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$")
  }

  private static func isAddress(_ text: String, _ family: Int32) -> Bool {
    var storage = in6_addr()
    return inet_pton(family, text, &storage) == 1
  }

  private static func isNetwork(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2, let prefix = UInt8(parts[1]) else { return false }
    return isAddress(parts[0], AF_INET) && prefix <= 32 || isAddress(parts[0], AF_INET6) && prefix <= 128
  }

  /// Go's `1h30m`, which may also be a bare `0`.
  private static func isDuration(_ text: String) -> Bool {
    matches(text, #"^[-+]?(0|((\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h))+)$"#)
  }
}
