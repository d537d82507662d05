import Foundation
import NIOCore

extension ByteBuffer {
  /// For the decoder. Azure begins its answers with a byte order mark.
  var xml: Data {
    var data = Data(readableBytesView)
    if data.starts(with: [0xef, 0xbb, 0xbf]) { data = data.dropFirst(3) }
    return data
  }
}

/// Text between tags.
func xmlEscaped(_ text: String) -> String {
  text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
    .replacingOccurrences(of: ">", with: "&gt;")
}
