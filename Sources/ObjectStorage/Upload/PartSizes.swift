/// How large each part of an upload is, so that what a service allows is never exceeded.
///
/// Small parts keep memory low, but their number is limited and nobody may know how much will come. So they are small
/// first; after a tenth of the allowed number they double, after the next tenth again. Where the size is known they are
/// large enough from the start that half of the allowed number suffices.
struct PartSizes: Sendable, Equatable {
  /// A buffer's memory is a power of two anyhow, so the sizes are.
  static let usual = 8 << 20
  private static let largest = 1 << 30

  let first: Int
  private let maximum: Int
  /// So many parts are of the first size.
  private let steady: Int
  private let step: Int
  let count: Int

  init(_ limits: PartLimits, expectedSize: Int64?) {
    maximum = min(limits.maximum, Self.largest)
    count = max(limits.count, 1)
    step = max(count / 10, 1)
    steady = max(expectedSize == nil ? step : count / 2, 1)
    var size = min(max(Self.usual, limits.minimum), maximum)
    while let expectedSize, size < maximum, expectedSize / Int64(size) >= Int64(steady) {
      size = min(size * 2, maximum)
    }
    first = size
  }

  /// - Parameter number: from 1.
  /// - Returns: nil when no further part is allowed.
  func size(ofPart number: Int) -> Int? {
    guard number <= count else { return nil }
    guard number > steady else { return first }
    var size = first
    for _ in 0...((number - steady - 1) / step) where size < maximum { size = min(size * 2, maximum) }
    return size
  }
}
