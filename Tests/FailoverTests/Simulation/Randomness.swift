/// SplitMix64: small, fast, and the same everywhere, so that a seed replays (Steele, Lea, Flood: "Fast splittable
/// pseudorandom number generators", 2014).
struct Randomness: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func number(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

  mutating func chance(_ perMille: Int) -> Bool { number(0...999) < perMille }

  mutating func pick<T>(_ elements: [T]) -> T { elements[number(0...elements.count - 1)] }
}
