/// The syntax tree of a regular expression.
indirect enum RegularExpressionNode {
  case empty
  case consume(ScalarSet)
  case assertion(RegularExpressionAssertion)
  case sequence([RegularExpressionNode])
  case alternatives([RegularExpressionNode])
  case repetition(RegularExpressionNode, least: Int, most: Int?)
}

/// A condition on the place between two characters.
enum RegularExpressionAssertion {
  case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary

  func holds(previous: Unicode.Scalar?, next: Unicode.Scalar?) -> Bool {
    switch self {
    case .textStart: previous == nil
    case .textEnd: next == nil
    case .lineStart: previous == nil || previous == "\n"
    case .lineEnd: next == nil || next == "\n"
    case .wordBoundary: Self.isWord(previous) != Self.isWord(next)
    case .noWordBoundary: Self.isWord(previous) == Self.isWord(next)
    }
  }

  private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
    guard let scalar else { return false }
    return ScalarSet.word.contains(scalar)
  }
}

/// A syntax tree made into instructions for an automaton (Thompson's construction).
enum RegularExpressionProgram {
  enum Instruction: Sendable {
    case consume(ScalarSet)
    case split(Int, Int)
    case jump(Int)
    case assertion(RegularExpressionAssertion)
    case match
  }

  static func compile(_ node: RegularExpressionNode) throws(RegularExpressionError) -> [Instruction] {
    var program: [Instruction] = []
    try emit(node, into: &program)
    program.append(.match)
    return program
  }

  private static func emit(
    _ node: RegularExpressionNode, into program: inout [Instruction]
  ) throws(RegularExpressionError) {
    guard program.count < RegularExpression.longestProgram else {
      throw RegularExpressionError(kind: .malformed, message: "expression too large")
    }
    switch node {
    case .empty: break
    case .consume(let set): program.append(.consume(set))
    case .assertion(let assertion): program.append(.assertion(assertion))
    case .sequence(let nodes):
      for node in nodes { try emit(node, into: &program) }
    case .alternatives(let nodes):
      var exits: [Int] = []
      for node in nodes.dropLast() {
        let split = program.count
        program.append(.split(split + 1, 0))
        try emit(node, into: &program)
        exits.append(program.count)
        program.append(.jump(0))
        program[split] = .split(split + 1, program.count)
      }
      if let last = nodes.last { try emit(last, into: &program) }
      for exit in exits { program[exit] = .jump(program.count) }
    case .repetition(let node, let least, let most):
      for _ in 0..<least {
        let start = program.count
        try emit(node, into: &program)
        if program.count == start { break }  // a thousand times nothing, of which there may be a thousand
      }
      if let most {
        var splits: [Int] = []
        for _ in least..<max(least, most) {
          splits.append(program.count)
          program.append(.split(program.count + 1, 0))
          try emit(node, into: &program)
        }
        for split in splits { program[split] = .split(split + 1, program.count) }
      } else {
        let split = program.count
        program.append(.split(split + 1, 0))
        try emit(node, into: &program)
        program.append(.jump(split))
        program[split] = .split(split + 1, program.count)
      }
    }
  }
}
