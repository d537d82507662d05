/// A selector that cannot be understood.
public struct SelectorError: Error, Sendable, Equatable, CustomStringConvertible {
  public let description: String

  init(_ description: String) { self.description = description }
}

/// Requirements on labels, all of which must hold; the form that queries write as `a=b,c!=d,e in (x,y),!f`.
public struct Selector: Sendable, Hashable {
  public enum Test: Sendable, Hashable {
    case exists
    case isAbsent
    case isOneOf(Set<String>)
    /// Also holds where the label is absent.
    case isNoneOf(Set<String>)
    case isGreater(than: Int)
    case isLess(than: Int)
  }

  public struct Requirement: Sendable, Hashable {
    public var key: String
    public var test: Test

    public init(key: String, test: Test) {
      self.key = key
      self.test = test
    }

    func matches(_ value: String?) -> Bool {
      switch test {
      case .exists: value != nil
      case .isAbsent: value == nil
      case .isOneOf(let values): value.map(values.contains) ?? false
      case .isNoneOf(let values): !(value.map(values.contains) ?? false)
      case .isGreater(let bound): value.flatMap { Int($0) }.map { $0 > bound } ?? false
      case .isLess(let bound): value.flatMap { Int($0) }.map { $0 < bound } ?? false
      }
    }
  }

  public var requirements: [Requirement]

  public init(_ requirements: [Requirement] = []) { self.requirements = requirements }

  /// Exactly these labels and any others.
  public init(labels: [String: String]) {
    self.init(labels.sorted { $0.key < $1.key }.map { Requirement(key: $0.key, test: .isOneOf([$0.value])) })
  }

  public var isEmpty: Bool { requirements.isEmpty }

  public func matches(_ labels: [String: String]) -> Bool {
    requirements.allSatisfy { $0.matches(labels[$0.key]) }
  }
}

extension Selector: CustomStringConvertible {
  /// The text for a query.
  public var description: String { requirements.map(\.description).joined(separator: ",") }
}

extension Selector.Requirement: CustomStringConvertible {
  public var description: String {
    func list(_ values: Set<String>) -> String { "(" + values.sorted().joined(separator: ",") + ")" }
    return switch test {
    case .exists: key
    case .isAbsent: "!\(key)"
    case .isOneOf(let values): values.count == 1 ? "\(key)=\(values.first ?? "")" : "\(key) in \(list(values))"
    case .isNoneOf(let values): values.count == 1 ? "\(key)!=\(values.first ?? "")" : "\(key) notin \(list(values))"
    case .isGreater(let bound): "\(key)>\(bound)"
    case .isLess(let bound): "\(key)<\(bound)"
    }
  }
}
