import Synchronization

/// Why a text is not a regular expression.
public struct RegularExpressionError: Error, Sendable, Equatable, CustomStringConvertible {
  public enum Kind: Sendable { case malformed, unsupported }
  public let kind: Kind
  public let message: String

  /// In Go's words, as Kubernetes shows them.
  public var description: String { "error parsing regexp: \(message)" }
}

/// A regular expression of the syntax Kubernetes uses, RE2 (https://github.com/google/re2/wiki/Syntax).
///
/// Matching simulates a nondeterministic automaton, so its time is linear in the text whatever the pattern: patterns
/// come from anybody's CRD, and a backtracking engine could be kept busy for ever by one of them.
public struct RegularExpression: Sendable {
  public let pattern: String
  let program: [RegularExpressionProgram.Instruction]

  /// Instructions per expression: a bound on the time per character.
  static let longestProgram = 20_000

  public init(_ pattern: String) throws(RegularExpressionError) {
    self.pattern = pattern
    var parser = RegularExpressionParser(pattern)
    program = try RegularExpressionProgram.compile(parser.parse())
  }

  private static let cache = Mutex<[String: Result<RegularExpression, RegularExpressionError>]>([:])

  /// The expression for a pattern, compiled once.
  public static func cached(_ pattern: String) throws(RegularExpressionError) -> RegularExpression {
    if let known = cache.withLock({ $0[pattern] }) { return try known.get() }
    let compiled: Result<RegularExpression, RegularExpressionError>
    do throws(RegularExpressionError) {
      compiled = .success(try RegularExpression(pattern))
    } catch {
      compiled = .failure(error)
    }
    cache.withLock {
      // Patterns belong to schemas, of which there are few; the bound is for rules that compute patterns.
      if $0.count >= 2048 { $0.removeAll() }
      $0[pattern] = compiled
    }
    return try compiled.get()
  }

  /// Whether the expression matches anywhere in the text, as Go's `MatchString` does.
  public func matches(_ text: String) -> Bool {
    var threads = Threads(capacity: program.count)
    var next = Threads(capacity: program.count)
    var pending: [Int] = []
    var previous: Unicode.Scalar?
    var scalars = text.unicodeScalars.makeIterator()
    var current = scalars.next()
    while true {
      // A new attempt starts at every position: the match is not anchored.
      if follow(0, into: &threads, pending: &pending, previous: previous, next: current) { return true }
      guard let scalar = current else { return false }
      let following = scalars.next()
      next.removeAll()
      for index in 0..<threads.count {
        let position = threads[index]
        guard case .consume(let set) = program[position], set.contains(scalar) else { continue }
        if follow(position + 1, into: &next, pending: &pending, previous: scalar, next: following) { return true }
      }
      swap(&threads, &next)
      previous = scalar
      current = following
    }
  }

  /// Adds the instructions reachable from one without consuming a character; true when a match is among them.
  private func follow(
    _ start: Int, into threads: inout Threads, pending: inout [Int], previous: Unicode.Scalar?, next: Unicode.Scalar?
  ) -> Bool {
    pending.append(start)
    while let position = pending.popLast() {
      guard threads.insert(position) else { continue }
      switch program[position] {
      case .consume: break
      case .match:
        pending.removeAll(keepingCapacity: true)
        return true
      case .jump(let target): pending.append(target)
      case .split(let first, let second):
        pending.append(second)
        pending.append(first)
      case .assertion(let assertion):
        if assertion.holds(previous: previous, next: next) { pending.append(position + 1) }
      }
    }
    return false
  }

  /// A set of instruction numbers that is emptied in no time.
  private struct Threads {
    private var dense: [Int] = []
    private var sparse: [Int]

    init(capacity: Int) { sparse = Array(repeating: 0, count: capacity) }

    var count: Int { dense.count }
    subscript(index: Int) -> Int { dense[index] }

    mutating func insert(_ value: Int) -> Bool {
      let place = sparse[value]
      if place < dense.count, dense[place] == value { return false }
      sparse[value] = dense.count
      dense.append(value)
      return true
    }

    mutating func removeAll() { dense.removeAll(keepingCapacity: true) }
  }
}
