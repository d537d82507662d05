import Kubernetes

/// The steps from one JSON document to another, as a JSON patch (RFC 6902).
enum JSONDifference {
  /// Objects are compared member by member; any other value that differs is replaced as a whole.
  static func operations(from old: JSON, to new: JSON, at path: String = "") -> [JSON] {
    guard old != new else { return [] }
    guard case .object(let oldMembers) = old, case .object(let newMembers) = new else {
      return [["op": "replace", "path": .string(path), "value": new]]
    }
    var operations: [JSON] = []
    for name in Set(oldMembers.keys).union(newMembers.keys).sorted() {
      let place = "\(path)/\(escaped(name))"
      switch (oldMembers[name], newMembers[name]) {
      case (let before?, let after?): operations += self.operations(from: before, to: after, at: place)
      case (nil, let after?): operations.append(["op": "add", "path": .string(place), "value": after])
      case (_?, nil): operations.append(["op": "remove", "path": .string(place)])
      case (nil, nil): break
      }
    }
    return operations
  }

  /// A member's name inside a JSON pointer (RFC 6901).
  private static func escaped(_ name: String) -> String {
    var escaped = ""
    for character in name {
      switch character {
      case "~": escaped += "~0"
      case "/": escaped += "~1"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
