/// The addresses that a node gives to its pods, one each.
struct PodAddressPool: Sendable, Equatable {
  enum Failure: Error, Equatable, CustomStringConvertible {
    case malformedRange(String)
    case exhausted(String)

    var description: String {
      switch self {
      case .malformedRange(let text): "\"\(text)\" is not a range of IPv4 addresses; expected such as 127.64.1.0/24"
      case .exhausted(let range): "all addresses of the node's pod range \(range) are in use; delete pods"
      }
    }
  }

  private let text: String
  /// Without the first address, which names the network, and the last, which is its broadcast address.
  private let hosts: ClosedRange<UInt32>
  private var used: Set<UInt32> = []
  private var last: UInt32

  init(range: String) throws(Failure) {
    let parts = range.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let base = Self.number(parts[0]), let length = Int(parts[1]), (8...30).contains(length)
    else { throw .malformedRange(range) }
    let size = UInt32(1) << UInt32(32 - length)
    let network = base & ~(size - 1)
    text = range
    hosts = (network + 1)...(network + size - 2)
    last = network
  }

  /// Marks an address, which a pod had before, as used. One outside of the range is no concern of the pool.
  mutating func reserve(_ address: String) {
    if let number = Self.number(Substring(address)) { used.insert(number) }
  }

  /// The next free address, round and round: an address just given back is the last to be given again, so that who
  /// still knows the old pod does not reach the new one.
  mutating func allocate() throws(Failure) -> String {
    for _ in hosts {
      last = last < hosts.upperBound ? max(last + 1, hosts.lowerBound) : hosts.lowerBound
      if used.insert(last).inserted { return Self.text(last) }
    }
    throw .exhausted(text)
  }

  mutating func release(_ address: String) {
    if let number = Self.number(Substring(address)) { used.remove(number) }
  }

  private static func number(_ text: Substring) -> UInt32? {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var number: UInt32 = 0
    for part in parts {
      guard let byte = UInt8(part) else { return nil }
      number = number << 8 | UInt32(byte)
    }
    return number
  }

  private static func text(_ number: UInt32) -> String {
    [24, 16, 8, 0].map { String(number >> $0 & 0xFF) }.joined(separator: ".")
  }
}
