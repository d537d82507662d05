import NIOCore
import Testing

@testable import ObjectStorage

@Suite("Checksums")
struct ChecksumTests {
  @Test("CRC32C as RFC 3720 has it, in any pieces", arguments: [1, 3, 8, 9, 100])
  func crc(_ size: Int) {
    // Appendix B.4: 32 bytes of zeros, of ones, and counting up; and the check value of the usual catalogue.
    let known: [([UInt8], UInt32)] = [
      (Array(repeating: 0, count: 32), 0x8a91_36aa), (Array(repeating: 255, count: 32), 0x62a8_ab43),
      (Array(0..<32), 0x46dd_794e), (Array("123456789".utf8), 0xe306_9283),
    ]
    for (bytes, sum) in known {
      var crc = CRC32C()
      var rest = bytes[...]
      while !rest.isEmpty {
        rest.prefix(size).withUnsafeBytes { crc.update($0) }
        rest = rest.dropFirst(size)
      }
      #expect(crc.value == sum)
    }
  }

  @Test("a byte that changed is found")
  func verification() {
    var verification = ChecksumVerification(.md5(noise(1000).md5))
    verification.add(noise(1000))
    #expect(verification.isRight)
    verification.add(ByteBuffer(bytes: [0]))
    #expect(!verification.isRight)
    #expect(ByteBuffer(string: "abc").md5.hexadecimal == "900150983cd24fb0d6963f7d28e17f72")
    #expect(ObjectChecksum(md5: "no base64!") == nil)
    #expect(ObjectChecksum(md5: "YWJj") == nil)
  }
}
