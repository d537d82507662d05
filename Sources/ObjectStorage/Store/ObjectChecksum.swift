import Crypto
import NIOCore

/// A checksum that a service keeps with an object.
public enum ObjectChecksum: Sendable, Equatable {
  case md5([UInt8])
  case crc32c(UInt32)

  /// From base64, as HTTP headers carry it (RFC 1864).
  init?(md5 text: String?) {
    guard let text, let bytes = Base64.decode(text), bytes.count == 16 else { return nil }
    self = .md5(bytes)
  }
}

/// Adds up the bytes that pass and compares with what a service kept.
struct ChecksumVerification {
  private enum Sum {
    case md5(Insecure.MD5)
    case crc32c(CRC32C)
  }

  private let expected: ObjectChecksum
  private var sum: Sum

  init(_ expected: ObjectChecksum) {
    self.expected = expected
    switch expected {
    case .md5: sum = .md5(Insecure.MD5())
    case .crc32c: sum = .crc32c(CRC32C())
    }
  }

  mutating func add(_ bytes: ByteBuffer) {
    switch sum {
    case .md5(var md5):
      bytes.withUnsafeReadableBytes { md5.update(bufferPointer: $0) }
      sum = .md5(md5)
    case .crc32c(var crc):
      bytes.withUnsafeReadableBytes { crc.update($0) }
      sum = .crc32c(crc)
    }
  }

  var isRight: Bool {
    switch sum {
    case .md5(let md5): .md5(Array(md5.finalize())) == expected
    case .crc32c(let crc): .crc32c(crc.value) == expected
    }
  }
}

extension ByteBuffer {
  var md5: [UInt8] {
    var sum = Insecure.MD5()
    withUnsafeReadableBytes { sum.update(bufferPointer: $0) }
    return Array(sum.finalize())
  }

  /// In hexadecimal, as ETags and signatures have it.
  var sha256: String {
    var sum = SHA256()
    withUnsafeReadableBytes { sum.update(bufferPointer: $0) }
    return sum.finalize().hexadecimal
  }
}

extension Sequence<UInt8> {
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    var text: [UInt8] = []
    for byte in self {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}
