import Testing

@testable import ObjectStorage

@Suite("Part sizes")
struct PartSizesTests {
  private let s3 = PartLimits(minimum: 5 << 20, maximum: 5 << 30, count: 10_000)
  private let azure = PartLimits(minimum: 64 << 10, maximum: 4000 << 20, count: 50_000)

  private func total(_ sizes: PartSizes) -> Int64 {
    var (sum, number): (Int64, Int) = (0, 1)
    while let size = sizes.size(ofPart: number) { (sum, number) = (sum + Int64(size), number + 1) }
    return sum
  }

  @Test("parts are eight MiB first, and double after every tenth of the allowed number")
  func steps() {
    let sizes = PartSizes(s3, expectedSize: nil)
    #expect(sizes.size(ofPart: 1) == 8 << 20)
    #expect(sizes.size(ofPart: 1000) == 8 << 20)
    #expect(sizes.size(ofPart: 1001) == 16 << 20)
    #expect(sizes.size(ofPart: 2001) == 32 << 20)
    #expect(sizes.size(ofPart: 10_000) == 1 << 30)
    #expect(sizes.size(ofPart: 10_001) == nil)
  }

  @Test("without a known size, the largest tar that Barman makes, 1 TiB, fits")
  func unknownSize() {
    #expect(total(PartSizes(s3, expectedSize: nil)) > 1 << 40)
    #expect(total(PartSizes(azure, expectedSize: nil)) > 1 << 40)
  }

  @Test(
    "with a known size half of the parts suffice, and twice as much still fits",
    arguments: [
      Int64(1), 100 << 20, 100 << 30, 1 << 40, 4 << 40,
    ])
  func knownSize(_ size: Int64) {
    for limits in [s3, azure] {
      let sizes = PartSizes(limits, expectedSize: size)
      #expect(Int64(sizes.first) * Int64(limits.count / 2) >= size)
      #expect(total(sizes) >= 2 * size)
    }
    #expect(PartSizes(s3, expectedSize: 100 << 20).first == 8 << 20)
  }

  @Test("limits of any size give at least one part of a legal size")
  func strangeLimits() {
    let sizes = PartSizes(PartLimits(minimum: 1, maximum: 4, count: 3), expectedSize: 100)
    #expect((1...3).map { sizes.size(ofPart: $0) } == [4, 4, 4])
    #expect(sizes.size(ofPart: 4) == nil)
  }
}
