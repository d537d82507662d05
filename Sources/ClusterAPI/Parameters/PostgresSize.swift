import Kubernetes

/// Sizes in the configuration of PostgreSQL.
public enum PostgresSize {
  /// The size as a quantity, or nil where it is none. Without a unit it counts megabytes; PostgreSQL's kB, MB, GB, TB
  /// are powers of 1024.
  public static func parse(_ text: String) -> Quantity? {
    if let megabytes = Int(text) { return try? Quantity(parsing: "\(megabytes)Mi") }
    guard text.hasSuffix("B") else { return nil }
    let size = text.dropLast().filter { $0 != " " }
    if Int(size) != nil { return try? Quantity(parsing: size) }
    let unit = size.last == "k" ? size.dropLast() + "K" : size[...]
    return try? Quantity(parsing: unit + "i")
  }
}
