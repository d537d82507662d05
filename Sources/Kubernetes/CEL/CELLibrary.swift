/// What the functions do: CEL's own, and Kubernetes' for texts and lists.
enum CELLibrary {
  static func call(
    _ function: CELFunction, _ arguments: [JSON], _ evaluator: inout CELEvaluator
  ) throws(CELError) -> JSON {
    guard let first = arguments.first else { throw .evaluation("no such overload") }
    switch first {
    case .string(let text):
      try evaluator.spend(text.utf8.count / 10)
      if let value = try onText(function, text, Array(arguments.dropFirst()), &evaluator) { return value }
    case .array(let elements):
      try evaluator.spend(elements.count)
      if let value = try onList(function, elements, Array(arguments.dropFirst()), &evaluator) { return value }
    case .object(let members) where function == .size: return .int(Int64(members.count))
    default: break
    }
    return try convert(first, function)
  }

  private static func convert(_ value: JSON, _ function: CELFunction) throws(CELError) -> JSON {
    switch (function, value) {
    case (.dyn, _), (.int, .int), (.double, .double), (.string, .string), (.bool, .bool): return value
    case (.int, .double(let number)):
      guard let whole = Int64(exactly: number.rounded(.towardZero)) else { throw .evaluation("integer overflow") }
      return .int(whole)
    case (.int, .string(let text)):
      guard let whole = Int64(text) else { throw .evaluation("cannot convert \(goQuoted(text)) to int") }
      return .int(whole)
    case (.double, .int(let number)): return .double(Double(number))
    case (.double, .string(let text)):
      guard let number = Double(text) else { throw .evaluation("cannot convert \(goQuoted(text)) to double") }
      return .double(number)
    case (.string, .int(let number)): return .string(String(number))
    case (.string, .double(let number)): return .string(goFloat(number))
    case (.string, .bool(let flag)): return .string(flag ? "true" : "false")
    case (.bool, .string(let text)):
      switch text {
      case "true", "True", "TRUE", "t", "1": return true
      case "false", "False", "FALSE", "f", "0": return false
      default: throw .evaluation("cannot convert \(goQuoted(text)) to bool")
      }
    default: throw .evaluation("no such overload")
    }
  }

  /// Nil where the function is none of texts. Places and lengths count Unicode scalars.
  private static func onText(
    _ function: CELFunction, _ text: String, _ rest: [JSON], _ evaluator: inout CELEvaluator
  ) throws(CELError) -> JSON? {
    let other: String? = if case .string(let text)? = rest.first { text } else { nil }
    switch function {
    case .size: return .int(Int64(text.unicodeScalars.count))
    case .startsWith, .endsWith, .contains, .matches:
      guard let other else { throw .evaluation("no such overload") }
      return .bool(try test(function, text, other, &evaluator))
    case .lowerAscii: return .string(ascii(text, 65...90) { $0 + 32 })
    case .upperAscii: return .string(ascii(text, 97...122) { $0 - 32 })
    case .trim:
      let scalars = text.unicodeScalars
      let start = scalars.drop { $0.properties.isWhitespace }
      let end = start.reversed().drop { $0.properties.isWhitespace }
      return .string(String(String.UnicodeScalarView(end.reversed())))
    case .replace:
      guard let other, case .string(let replacement)? = rest.dropFirst().first else {
        throw .evaluation("no such overload")
      }
      let most = try limit(rest.dropFirst(2).first)
      guard !other.isEmpty else { throw .evaluation("replace of an empty string is not supported") }
      try evaluator.spend(text.utf8.count / 10 * (1 + replacement.utf8.count / 10))
      return .string(text.replacing(other, with: replacement, maxReplacements: most))
    case .split:
      guard let other else { throw .evaluation("no such overload") }
      let most = try limit(rest.dropFirst().first)
      if most == 0 { return [] }
      let parts =
        other.isEmpty
        ? text.unicodeScalars.map(String.init)
        : text.split(
          separator: other, maxSplits: most == .max ? .max : most - 1,
          omittingEmptySubsequences: false
        ).map(String.init)
      return .array(parts.map(JSON.string))
    case .substring: return .string(try substring(text, rest))
    case .charAt: return .string(try substring(text, rest, length: 1))
    case .indexOf, .lastIndexOf:
      guard let other, rest.count == 1 else { throw .evaluation("\(function.rawValue) with a start is not supported") }
      return .int(Int64(try index(of: other, in: text, last: function == .lastIndexOf, &evaluator)))
    default: return nil
    }
  }

  private static func test(
    _ function: CELFunction, _ text: String, _ other: String, _ evaluator: inout CELEvaluator
  ) throws(CELError) -> Bool {
    switch function {
    case .startsWith: return text.utf8.starts(with: other.utf8)
    case .endsWith: return text.utf8.reversed().starts(with: other.utf8.reversed())
    case .contains: return try index(of: other, in: text, last: false, &evaluator) >= 0
    default:
      guard let expression = try? RegularExpression.cached(other) else {
        throw .evaluation("error parsing regexp: \(goQuoted(other))")
      }
      // The automaton looks at every instruction for every character, at worst.
      try evaluator.spend(text.utf8.count * expression.program.count / 100)
      return expression.matches(text)
    }
  }

  private static func ascii(_ text: String, _ range: ClosedRange<UInt8>, _ change: (UInt8) -> UInt8) -> String {
    String(decoding: text.utf8.map { range.contains($0) ? change($0) : $0 }, as: UTF8.self)
  }

  private static func limit(_ value: JSON?) throws(CELError) -> Int {
    guard let value else { return .max }
    guard case .int(let number) = value else { throw .evaluation("no such overload") }
    return number < 0 ? .max : Int(number)
  }

  private static func substring(_ text: String, _ bounds: [JSON], length: Int? = nil) throws(CELError) -> String {
    let scalars = Array(text.unicodeScalars)
    guard case .int(let start)? = bounds.first else { throw .evaluation("no such overload") }
    var end = Int64(scalars.count)
    if let length { end = min(end, start.addingReportingOverflow(Int64(length)).partialValue) }
    if bounds.count > 1 {
      guard case .int(let given) = bounds[1] else { throw .evaluation("no such overload") }
      end = given
    }
    guard start >= 0, start <= scalars.count, end >= start, end <= scalars.count else {
      throw .evaluation("index out of range: \(start)")
    }
    return String(String.UnicodeScalarView(scalars[Int(start)..<Int(end)]))
  }

  private static func index(
    of part: String, in text: String, last: Bool, _ evaluator: inout CELEvaluator
  ) throws(CELError) -> Int {
    let whole = Array(text.unicodeScalars)
    let wanted = Array(part.unicodeScalars)
    guard wanted.count <= whole.count else { return -1 }
    try evaluator.spend(whole.count / 10 * (1 + wanted.count / 10))
    let places = 0...(whole.count - wanted.count)
    func matches(_ place: Int) -> Bool { whole[place..<place + wanted.count].elementsEqual(wanted) }
    return (last ? places.last(where: matches) : places.first(where: matches)) ?? -1
  }

  private static func onList(
    _ function: CELFunction, _ elements: [JSON], _ rest: [JSON], _ evaluator: inout CELEvaluator
  ) throws(CELError) -> JSON? {
    func ordered(_ operation: CELOperator, _ left: JSON, _ right: JSON) throws(CELError) -> Bool {
      try CELArithmetic.apply(operation, left, right, &evaluator) == true
    }
    switch function {
    case .size: return .int(Int64(elements.count))
    case .join:
      var texts: [String] = []
      for element in elements {
        guard case .string(let text) = element else { throw .evaluation("no such overload") }
        try evaluator.spend(1 + text.utf8.count / 10)
        texts.append(text)
      }
      return .string(texts.joined(separator: rest.first?.stringValue ?? ""))
    case .isSorted:
      for (one, next) in zip(elements, elements.dropFirst()) where try ordered(.greater, one, next) { return false }
      return true
    case .sum:
      guard var total = elements.first else { return 0 }
      for element in elements.dropFirst() { total = try CELArithmetic.apply(.plus, total, element, &evaluator) }
      return total
    case .min, .max:
      guard var best = elements.first else { throw .evaluation("\(function.rawValue) called on empty list") }
      for element in elements.dropFirst() where try ordered(function == .min ? .less : .greater, element, best) {
        best = element
      }
      return best
    case .indexOf, .lastIndexOf:
      guard let wanted = rest.first else { throw .evaluation("no such overload") }
      var found: Int64 = -1
      for (place, element) in elements.enumerated() where try CELArithmetic.equal(element, wanted, &evaluator) {
        found = Int64(place)
        if function == .indexOf { break }
      }
      return .int(found)
    default: return nil
    }
  }
}
