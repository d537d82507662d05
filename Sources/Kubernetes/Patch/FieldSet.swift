/// A set of fields of an object, as `metadata.managedFields[].fieldsV1` writes it.
///
/// The steps of a path are kept in their written form: `f:name` (member of an object), `k:{"name":"x"}` (element of a
/// list of objects), `v:"x"` (element of a set), `i:0` (element of a list without identities).
struct FieldSet: Sendable, Equatable {
  /// The field itself belongs to the set, not only something below it; written `.` where there is something below.
  var isMember = false
  var children: [String: FieldSet] = [:]

  static let member = FieldSet(isMember: true)

  init(isMember: Bool = false, children: [String: FieldSet] = [:]) {
    self.isMember = isMember
    self.children = children
  }

  /// Reads `fieldsV1`. Whatever is not an object in it is ignored.
  init(_ json: JSON) {
    guard case .object(let members) = json else { return }
    for (step, below) in members {
      if step == "." {
        isMember = true
      } else if case .object(let deeper) = below {
        children[step] = deeper.isEmpty ? .member : FieldSet(below)
      }
    }
  }

  /// `fieldsV1`.
  var json: JSON {
    var members = children.mapValues(\.json)
    if isMember && !children.isEmpty { members["."] = [:] }
    return .object(members)
  }

  var isEmpty: Bool { !isMember && children.isEmpty }

  func union(_ other: FieldSet) -> FieldSet {
    if other.isEmpty { return self }
    return FieldSet(
      isMember: isMember || other.isMember, children: children.merging(other.children) { $0.union($1) })
  }

  func intersection(_ other: FieldSet) -> FieldSet {
    var result = FieldSet(isMember: isMember && other.isMember)
    let (fewer, more) = children.count < other.children.count ? (children, other.children) : (other.children, children)
    for (step, below) in fewer {
      guard let counterpart = more[step] else { continue }
      let common = below.intersection(counterpart)
      if !common.isEmpty { result.children[step] = common }
    }
    return result
  }

  /// The fields that are not in the other set.
  func subtracting(_ other: FieldSet) -> FieldSet {
    if other.isEmpty { return self }
    var result = FieldSet(isMember: isMember && !other.isMember, children: children)
    for (step, unwanted) in other.children {
      guard let below = result.children[step] else { continue }
      let rest = below.subtracting(unwanted)
      result.children[step] = rest.isEmpty ? nil : rest
    }
    return result
  }

  /// The fields that are neither in the other set nor below one of its members.
  func subtractingBelow(_ other: FieldSet) -> FieldSet {
    if other.isMember { return FieldSet() }
    var result = self
    for (step, unwanted) in other.children {
      guard let below = result.children[step] else { continue }
      let rest = below.subtractingBelow(unwanted)
      result.children[step] = rest.isEmpty ? nil : rest
    }
    return result
  }

  /// The paths of all members in the form messages have: `.spec.containers[name="x"].image`, sorted.
  var paths: [String] {
    var paths: [String] = []
    collect("", into: &paths)
    return paths.sorted()
  }

  private func collect(_ path: String, into paths: inout [String]) {
    if isMember { paths.append(path) }
    for (step, below) in children { below.collect(path + Self.rendered(step), into: &paths) }
  }

  private static func rendered(_ step: String) -> String {
    let content = String(step.dropFirst(2))
    switch step.prefix(2) {
    case "f:": return ".\(content)"
    case "v:": return "[=\(content)]"
    case "k:":
      guard let keys = (try? JSON(parsing: content))?.objectValue else { return "[\(content)]" }
      return "[" + keys.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }.joined(separator: ",") + "]"
    default: return "[\(content)]"
    }
  }
}
