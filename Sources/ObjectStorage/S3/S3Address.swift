/// A bucket, and the path in it.
struct S3Address: Sendable, Equatable {
  var bucket: String
  /// Without slashes at its ends; empty: all of the bucket.
  var path: String
  /// Nil: Amazon's own in the region.
  private var endpoint: ServiceAddress?
  /// Known before anybody is asked.
  var region: String

  /// - Parameters:
  ///   - destination: `s3://bucket[/path]`.
  ///   - endpoint: `endpointURL`. Its bucket stands in the path, unless the endpoint's host begins with the bucket already or is
  ///     Amazon's.
  init(_ destination: String, endpoint: String?, region: String?) throws(ObjectStorageError) {
    guard destination.hasPrefix("s3://") else {
      throw .invalidAddress(destination, reason: "a bucket must be given as s3://BUCKET/path")
    }
    let parts = destination.dropFirst("s3://".count).split(separator: "/", omittingEmptySubsequences: false)
    guard let bucket = parts.first, !bucket.isEmpty, bucket.utf8.allSatisfy({ Self.isLegal($0) }), bucket != ".",
      bucket != ".."
    else {
      throw .invalidAddress(destination, reason: "it names no bucket")
    }
    self.bucket = String(bucket)
    path = parts.dropFirst().filter { !$0.isEmpty }.joined(separator: "/")
    if !path.isEmpty { _ = try ObjectKey(path) }
    self.endpoint = try endpoint.map { (text) throws(ObjectStorageError) in try ServiceAddress(text) }
    self.region = region ?? Self.region(in: self.endpoint) ?? "us-east-1"
  }

  private static func isLegal(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
      true
    default: false
    }
  }

  /// Of `s3.eu-central-1.amazonaws.com`.
  private static func region(in endpoint: ServiceAddress?) -> String? {
    guard let endpoint, Self.isAmazon(endpoint) else { return nil }
    let labels = endpoint.host.split(separator: ".").map(String.init)
    guard let service = labels.lastIndex(of: "s3"), labels.count > service + 1, labels[service + 1] != "amazonaws"
    else {
      return nil
    }
    return labels[service + 1]
  }

  private static func isAmazon(_ address: ServiceAddress) -> Bool {
    address.host.hasSuffix(".amazonaws.com") || address.host.hasSuffix(".amazonaws.com.cn")
  }

  /// Whether an entity tag can be relied on to be the MD5 of what was put.
  var isAmazon: Bool { endpoint.map { Self.isAmazon($0) } ?? true }

  /// Where the bucket is, its own name included.
  func service(in region: String) -> ServiceAddress {
    var address =
      endpoint
      ?? ServiceAddress(
        isSecure: true, host: "s3.\(region).amazonaws.com\(region.hasPrefix("cn-") ? ".cn" : "")")
    if address.host.hasPrefix("\(bucket).") { return address }
    // A dot in the name would not be covered by the service's certificate.
    if Self.isAmazon(address), !bucket.contains("."), bucket == bucket.lowercased(), !bucket.contains("_") {
      address.host = "\(bucket).\(address.host)"
    } else {
      address.path += "/\(bucket)"
    }
    return address
  }

  /// Before every key of the store.
  var prefix: String { path.isEmpty ? "" : "\(path)/" }
}
