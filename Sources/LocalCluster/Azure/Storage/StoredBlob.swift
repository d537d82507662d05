import Foundation

/// What is known of a blob beside its bytes and its name.
struct BlobDetails: Codable, Sendable, Equatable {
  var contentType = "application/octet-stream"
  var contentEncoding: String?
  var contentLanguage: String?
  var contentDisposition: String?
  var cacheControl: String?
  /// Base64: of the whole content, computed or as the client said.
  var contentMD5: String?
  var metadata: [String: String] = [:]
  var tags: [String: String] = [:]
  /// The access tier that somebody chose; nil is the account's own.
  var tier: String?
}

/// A blob as the index has it.
struct StoredBlob: Sendable, Equatable {
  var row: Int64
  var name: String
  var size: Int64
  /// Without quotes.
  var tag: String
  /// Milliseconds since 1970.
  var created: Int64
  var modified: Int64
  var details: BlobDetails
}

/// A piece of a blob: a block that was committed, or all that came at once.
struct BlobSegment: Sendable, Equatable {
  /// Base64, as the client named it; empty for a blob that was put whole.
  var blockID: String
  var size: Int64
  var file: String
}

struct StoredContainer: Sendable, Equatable {
  var name: String
  var tag: String
  var modified: Int64
  var metadata: [String: String]
}

/// What an answer to a write says.
struct WrittenBlob: Sendable, Equatable {
  var tag: String
  var modified: Int64
}

/// A page of a listing: blobs and, where a delimiter was given, the common beginnings of names, in the order of names.
struct BlobPage: Sendable {
  enum Entry: Sendable {
    case blob(StoredBlob)
    case prefix(String)
  }

  var entries: [Entry] = []
  /// The next page has names after this; nil at the end.
  var next: String?
}

enum BlobClock {
  static func now() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

  /// As unlike any other as Azure's: `0x` and sixteen digits.
  static func newTag() -> String {
    let digits = String(UInt64.random(in: .min ... .max), radix: 16, uppercase: true)
    return "0x" + String(repeating: "0", count: 16 - digits.count) + digits
  }
}
