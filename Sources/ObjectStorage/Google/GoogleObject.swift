import Foundation
import NIOCore
import NIOHTTP1

/// An object as the JSON API tells of it ("Objects", Cloud Storage JSON API). Large numbers come as text.
struct GoogleObject: Decodable {
  var name: String
  var size: String?
  var generation: String?
  var updated: String?
  var md5Hash: String?
  var crc32c: String?

  func information(_ key: ObjectKey, service: String) throws(ObjectStorageError) -> ObjectInformation {
    guard let size = size.flatMap({ Int64($0) }), size >= 0 else {
      throw .failed(service: service, status: 200, text: "the answer about \(key) has no size")
    }
    return ObjectInformation(
      key: key, size: size, tag: generation, modified: updated.flatMap { HTTPDate.parseISO($0) },
      checksum: GoogleChecksum.best(md5: md5Hash, crc: crc32c))
  }
}

/// The checksums that Cloud Storage keeps: CRC32C of every object, MD5 of those that were not composed.
enum GoogleChecksum {
  static func best(md5: String?, crc: String?) -> ObjectChecksum? {
    if let md5 = ObjectChecksum(md5: md5) { return md5 }
    guard let crc, let bytes = Base64.decode(crc), bytes.count == 4 else { return nil }
    return .crc32c(bytes.reduce(0) { $0 << 8 | UInt32($1) })
  }

  /// `x-goog-hash: crc32c=…,md5=…`, in one header or several.
  static func best(_ headers: HTTPHeaders) -> ObjectChecksum? {
    var sums: [String: String] = [:]
    for part in headers["x-goog-hash"].flatMap({ $0.split(separator: ",") }) {
      let pair = part.split(separator: "=", maxSplits: 1).map { $0.trimmed }
      if pair.count == 2 { sums[pair[0]] = pair[1] }
    }
    return best(md5: sums["md5"], crc: sums["crc32c"])
  }
}

/// A page of a listing.
struct GooglePage: Decodable {
  var items: [GoogleObject]?
  var prefixes: [String]?
  var nextPageToken: String?

  /// Names that are no plain paths are none of ours: they are left out.
  func listing(below root: String, prefix: String, service: String) throws(ObjectStorageError) -> ObjectListing {
    var listing = ObjectListing()
    for object in items ?? [] {
      guard let key = ListedName.key(object.name, root: root, prefix: prefix) else { continue }
      var information = try object.information(key, service: service)
      information.checksum = nil
      listing.objects.append(information)
    }
    listing.prefixes = (prefixes ?? []).compactMap { ListedName.prefix($0, root: root, prefix: prefix) }
    listing.next = nextPageToken.flatMap { $0.isEmpty ? nil : $0 }
    return listing
  }
}
