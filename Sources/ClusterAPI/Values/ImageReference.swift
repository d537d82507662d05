/// The reference of a container image, and the version of PostgreSQL its tag tells.
public struct ImageReference: Sendable, Equatable {
  /// The image without tag and digest.
  public let repository: String
  public let tag: String?
  /// With its algorithm: `sha256:…`.
  public let digest: String?

  /// Takes a reference apart. Without tag and digest the tag is `latest`, as for any container runtime.
  public init(_ reference: String) {
    let parts = reference.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let name = parts[0]
    digest = parts.count > 1 ? String(parts[1]) : nil
    // A colon before the last slash belongs to the registry's port.
    let lastSlash = name.lastIndex(of: "/") ?? name.startIndex
    if let colon = name[lastSlash...].lastIndex(of: ":") {
      repository = String(name[..<colon])
      tag = String(name[name.index(after: colon)...])
    } else {
      repository = String(name)
      tag = digest == nil ? "latest" : nil
    }
  }

  /// The version of PostgreSQL, from the numbers the tag begins with: `16.4-2-bookworm` is 16.4, `17beta1` is 17.0.
  public var version: PostgresVersion? { tag.flatMap(PostgresVersion.init(tag:)) }
}

/// A version of PostgreSQL: 17.2.
public struct PostgresVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var major: Int
  public var minor: Int

  public init(major: Int, minor: Int) {
    self.major = major
    self.minor = minor
  }

  init?(tag: String) {
    let numbers = tag.prefix { ("0"..."9").contains($0) || $0 == "." }.split(separator: ".")
    guard tag.first?.isNumber == true, let first = numbers.first, let major = Int(first) else { return nil }
    self.init(major: major, minor: numbers.count > 1 ? Int(numbers[1]) ?? 0 : 0)
  }

  public var description: String { "\(major).\(minor)" }

  public static func < (left: Self, right: Self) -> Bool { (left.major, left.minor) < (right.major, right.minor) }
}

extension Cluster {
  /// The major version the Cluster asks for, by its catalog or its image's tag; nil where neither tells.
  public var requestedMajor: Int? {
    spec.imageCatalogRef?.major ?? spec.imageName.flatMap { ImageReference($0).version?.major }
  }
}
