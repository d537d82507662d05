/// The way to a field, rendered only when there is something to say about it.
struct FieldPath {
  enum Step {
    case field(String)
    /// The key of a free-form map.
    case key(String)
    case index(Int)
  }

  private(set) var steps: [Step] = []

  mutating func push(_ step: Step) { steps.append(step) }
  mutating func pop() { steps.removeLast() }

  /// `spec.containers[0].resources.limits.cpu`.
  var text: String { render(keysInBrackets: false) }

  /// `spec.selector[app]`: how messages of rules and of list checks name the key of a map.
  var bracketed: String { render(keysInBrackets: true) }

  private func render(keysInBrackets: Bool) -> String {
    var text = ""
    for step in steps {
      switch step {
      case .index(let index): text += "[\(index)]"
      case .key(let key) where keysInBrackets: text += "[\(key)]"
      case .field(let name), .key(let name): text += text.isEmpty ? name : ".\(name)"
      }
    }
    return text
  }
}
