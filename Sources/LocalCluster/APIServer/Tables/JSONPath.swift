import Kubernetes

/// The paths that CustomResourceDefinitions use for printer columns, `scale` and selectable fields: members, indices,
/// wildcards and equality filters (`.status.conditions[?(@.type=="Ready")].status`).
struct JSONPath: Sendable, Equatable {
  enum Step: Sendable, Equatable {
    case member(String)
    case index(Int)
    case all
    /// Elements whose value at a path equals a constant.
    case filter(path: [String], equals: JSON)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  let steps: [Step]

  /// - Throws: ``Failure`` for anything beyond the forms above.
  init(_ text: String) throws(Failure) {
    var steps: [Step] = []
    var rest = text[...]
    if rest.first == "{", rest.last == "}" { rest = rest.dropFirst().dropLast() }
    if rest.first == "$" { rest = rest.dropFirst() }
    while let first = rest.first {
      if first == "." {
        rest = rest.dropFirst()
        if rest.first == "[" { continue }
        let name = Self.memberName(&rest)
        guard !name.isEmpty else { throw Failure(description: "an empty name in the JSONPath \"\(text)\"") }
        steps.append(name == "*" ? .all : .member(name))
      } else if first == "[" {
        steps.append(try Self.bracket(&rest, in: text))
      } else {
        throw Failure(description: "the JSONPath \"\(text)\" must start with a dot")
      }
    }
    self.steps = steps
  }

  /// A name up to the next unescaped dot or bracket.
  private static func memberName(_ rest: inout Substring) -> String {
    var name = ""
    while let character = rest.first, character != ".", character != "[" {
      rest = rest.dropFirst()
      if character == "\\", let escaped = rest.first {
        name.append(escaped)
        rest = rest.dropFirst()
      } else {
        name.append(character)
      }
    }
    return name
  }

  private static func bracket(_ rest: inout Substring, in text: String) throws(Failure) -> Step {
    let failure = Failure(description: "the JSONPath \"\(text)\" uses something other than names, indices and filters")
    var depth = 0
    var quote: Character?
    var end: Substring.Index?
    for index in rest.indices {
      let character = rest[index]
      if let open = quote {
        if character == open { quote = nil }
      } else if character == "'" || character == "\"" {
        quote = character
      } else if character == "[" {
        depth += 1
      } else if character == "]" {
        depth -= 1
        if depth == 0 {
          end = index
          break
        }
      }
    }
    guard let end else { throw failure }
    let inner = rest[rest.index(after: rest.startIndex)..<end]
    rest = rest[rest.index(after: end)...]
    if inner == "*" { return .all }
    if let index = Int(inner) { return .index(index) }
    if let name = unquoted(inner) { return .member(name) }
    guard inner.hasPrefix("?("), inner.hasSuffix(")") else { throw failure }
    let sides = inner.dropFirst(2).dropLast().split(separator: "==", maxSplits: 1)
    guard sides.count == 2, let path = sides.first?.trimmed, path.hasPrefix("@."), let value = sides.last?.trimmed
    else {
      throw failure
    }
    let constant = unquoted(value[...]).map { JSON.string($0) } ?? (try? JSON(parsing: value))
    guard let constant else { throw failure }
    return .filter(path: path.dropFirst(2).split(separator: ".").map(String.init), equals: constant)
  }

  private static func unquoted(_ text: Substring) -> String? {
    guard text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote else { return nil }
    return String(text.dropFirst().dropLast())
  }

  /// Every value the path leads to, in order.
  func values(in object: JSON) -> [JSON] {
    steps.reduce([object]) { values, step in
      values.flatMap { value -> [JSON] in
        switch step {
        case .member(let name): return value[name].map { [$0] } ?? []
        case .index(let index):
          let elements = value.arrayValue ?? []
          let place = index < 0 ? elements.count + index : index
          return elements.indices.contains(place) ? [elements[place]] : []
        case .all: return value.arrayValue ?? value.objectValue?.sorted { $0.key < $1.key }.map(\.value) ?? []
        case .filter(let path, let constant):
          return (value.arrayValue ?? []).filter { $0[path: path] == constant }
        }
      }
    }
  }

  /// The path as plain member names, where it is nothing else.
  var memberNames: [String]? {
    var names: [String] = []
    for step in steps {
      guard case .member(let name) = step else { return nil }
      names.append(name)
    }
    return names
  }
}

extension StringProtocol {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
