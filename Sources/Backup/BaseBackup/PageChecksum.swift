/// The checksum in the header of each page (`src/include/storage/checksum_impl.h`): 32 sums side by side, each as FNV-1a with a
/// shift mixed in, over the page with its checksum taken for zero; folded, and tied to the block's number.
enum PageChecksum {
  static let pageSize = 8192
  private static let prime: UInt32 = 16_777_619

  private static let firstOffsets = SIMD16<UInt32>(
    0x5B1F_36E9, 0xB852_5960, 0x02AB_50AA, 0x1DE6_6D2A, 0x79FF_467A, 0x9BB9_F8A3, 0x217E_7CD2, 0x83E1_3D2C,
    0xF8D4_474F, 0xE39E_B970, 0x42C6_AE16, 0x9932_16FA, 0x7B09_3B5D, 0x98DA_FF3C, 0xF718_902A, 0x0B1C_9CDB)
  private static let secondOffsets = SIMD16<UInt32>(
    0xE58F_764B, 0x1876_36BC, 0x5D7B_3BB1, 0xE73D_E7DE, 0x92BE_C979, 0xCCA6_C0B2, 0x304A_0979, 0x85AA_43D4,
    0x7831_25BB, 0x6CA8_EAA2, 0xE407_EAC6, 0x4B5C_FC3E, 0x9FBF_8C76, 0x15CA_20BE, 0xF2CA_9FD3, 0x959B_D756)

  /// - Parameters:
  ///   - page: 8192 bytes.
  ///   - block: the number of the page in its relation, over all of its files.
  static func of(_ page: UnsafeRawBufferPointer, block: UInt32) -> UInt16 {
    let row = MemoryLayout<SIMD16<UInt32>>.size
    var words = page.loadUnaligned(fromByteOffset: 0, as: SIMD16<UInt32>.self)
    // pd_checksum is the lower half of the third word.
    words[2] &= 0xFFFF_0000
    var first = mixed(firstOffsets, words)
    var second = mixed(secondOffsets, page.loadUnaligned(fromByteOffset: row, as: SIMD16<UInt32>.self))
    for offset in stride(from: 2 * row, to: pageSize, by: 2 * row) {
      first = mixed(first, page.loadUnaligned(fromByteOffset: offset, as: SIMD16<UInt32>.self))
      second = mixed(second, page.loadUnaligned(fromByteOffset: offset + row, as: SIMD16<UInt32>.self))
    }
    for _ in 0..<2 {
      first = mixed(first, .zero)
      second = mixed(second, .zero)
    }
    let all = first ^ second
    var result = block
    for index in all.indices { result ^= all[index] }
    return UInt16(result % 65535) + 1
  }

  @inline(__always)
  private static func mixed(_ sums: SIMD16<UInt32>, _ words: SIMD16<UInt32>) -> SIMD16<UInt32> {
    let combined = sums ^ words
    return (combined &* SIMD16(repeating: prime)) ^ (combined &>> SIMD16(repeating: 17))
  }
}

/// What is wrong with a page.
public struct DamagedPage: Sendable, Equatable, CustomStringConvertible {
  /// Below the data directory or the tablespace.
  public var file: String
  /// Counted in this file.
  public var block: UInt32
  public var found: UInt16
  public var expected: UInt16

  public var description: String {
    "file \(file), block \(block) (checksum \(found) instead of \(expected))"
  }
}

/// Which pages of a file to verify.
struct PageVerifier {
  /// The relation's first block in this file: relations are cut into files of 1 GB.
  private let firstBlock: UInt32
  /// Pages written since are repaired by replay.
  private let start: UInt64

  /// Nil for a file that has no checksums: only the forks of relations have (`PG_VERSION`, `pg_filenode.map` do not).
  ///
  /// - Parameters:
  ///   - name: of the file, without its directory.
  ///   - start: where the backup began, as a number of bytes.
  init?(fileName name: Substring, start: UInt64) {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard let relation = parts.first, parts.count <= 2 else { return nil }
    let fork = relation.split(separator: "_", omittingEmptySubsequences: false)
    guard let number = fork.first, !number.isEmpty, number.utf8.allSatisfy({ (48...57).contains($0) }),
      fork.count == 1 || (fork.count == 2 && ["fsm", "vm", "init"].contains(fork[1]))
    else { return nil }
    var segment: UInt32 = 0
    if parts.count == 2 {
      guard let found = UInt32(parts[1]), found > 0, found < 1 << 15 else { return nil }
      segment = found
    }
    firstBlock = segment &* 131_072
    self.start = start
  }

  enum Verdict: Equatable {
    case good
    case bad(found: UInt16, expected: UInt16)
  }

  func verdict(_ page: UnsafeRawBufferPointer, block: UInt32) -> Verdict {
    // A page that was never written is all zeros: pd_upper is.
    guard page.loadUnaligned(fromByteOffset: 14, as: UInt16.self) != 0 else { return .good }
    let high = UInt64(page.loadUnaligned(fromByteOffset: 0, as: UInt32.self))
    let low = UInt64(page.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
    guard high << 32 | low < start else { return .good }
    let found = page.loadUnaligned(fromByteOffset: 8, as: UInt16.self)
    let expected = PageChecksum.of(page, block: firstBlock &+ block)
    return found == expected ? .good : .bad(found: found, expected: expected)
  }
}
