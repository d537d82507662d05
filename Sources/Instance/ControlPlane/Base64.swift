import Foundation

/// The coding of a Secret's values (RFC 4648, padded).
enum Base64 {
  static func decode(_ text: String) -> [UInt8]? { Data(base64Encoded: text).map { Array($0) } }
}
