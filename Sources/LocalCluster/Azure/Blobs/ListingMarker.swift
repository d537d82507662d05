import Foundation

/// Where the next page of a listing goes on: a name, so that it holds whatever is written or deleted meanwhile. Clients see
/// a text without meaning.
enum ListingMarker {
  static func encode(_ name: String) -> String { "2!" + Data(name.utf8).base64EncodedString() }

  /// - Returns: nil for an empty one.
  /// - Throws: 400 for one that was not given out here.
  static func decode(_ marker: String) throws(StorageError) -> String? {
    guard !marker.isEmpty else { return nil }
    guard marker.hasPrefix("2!"), let bytes = Data(base64Encoded: String(marker.dropFirst(2))),
      let name = String(validating: bytes, as: UTF8.self)
    else { throw .invalidQuery("marker", marker) }
    return name
  }
}
