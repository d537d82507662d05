/// The number that initdb gives a database cluster; all its copies carry it, and no other cluster does.
public struct SystemIdentifier: Sendable, Hashable, CustomStringConvertible {
  public var number: UInt64

  public init(_ number: UInt64) { self.number = number }

  public init?(_ text: some StringProtocol) {
    guard let number = UInt64(text) else { return nil }
    self.number = number
  }

  public var description: String { String(number) }
}
