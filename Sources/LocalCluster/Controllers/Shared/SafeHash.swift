/// Short names from content.
enum SafeHash {
  /// Letters without vowels and digits that look like them, so that no word arises (Kubernetes' `SafeEncodeString`).
  private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")

  /// Ten characters that stand for the text: FNV-1a, 64 bits, the same on every run.
  static func text(of content: String) -> String {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in content.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var characters: [Character] = []
    for _ in 0..<10 {
      characters.append(alphabet[Int(hash % UInt64(alphabet.count))])
      hash /= UInt64(alphabet.count)
    }
    return String(characters)
  }

  /// Five characters by chance, for names of pods.
  static func random() -> String {
    var generator = SystemRandomNumberGenerator()
    return String((0..<5).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] })
  }
}
