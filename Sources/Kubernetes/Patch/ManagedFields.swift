/// Who owns which fields of an object: `metadata.managedFields`.
struct ManagedFields: Sendable, Equatable {
  enum Operation: String, Sendable {
    case apply = "Apply"
    case update = "Update"
  }

  /// One manager per way of writing. Applied configurations replace each other whatever their version is; updates are
  /// told apart by it.
  struct Owner: Sendable, Hashable {
    let manager: String
    let operation: Operation
    let apiVersion: String?
    let subresource: String

    init(_ manager: String, _ operation: Operation, apiVersion: String, subresource: String?) {
      self.manager = manager
      self.operation = operation
      self.apiVersion = operation == .update ? apiVersion : nil
      self.subresource = subresource ?? ""
    }
  }

  struct Entry: Sendable, Equatable {
    var apiVersion: String
    var time: String?
    var fields: FieldSet
  }

  var entries: [Owner: Entry] = [:]

  /// Kubernetes keeps as many managers that update; the oldest are put together beyond.
  static let mostUpdateManagers = 10
  private static let ancient = "ancient-changes"

  /// Reads the managed fields of an object; entries that make no sense are dropped.
  init(of object: JSON?) {
    for entry in object?["metadata"]?["managedFields"]?.arrayValue ?? [] {
      guard let manager = entry["manager"]?.stringValue, let apiVersion = entry["apiVersion"]?.stringValue,
        let operation = entry["operation"]?.stringValue.flatMap(Operation.init), let fields = entry["fieldsV1"]
      else { continue }
      let owner = Owner(manager, operation, apiVersion: apiVersion, subresource: entry["subresource"]?.stringValue)
      let known = entries[owner]?.fields ?? FieldSet()
      entries[owner] = Entry(
        apiVersion: apiVersion, time: entry["time"]?.stringValue, fields: known.union(FieldSet(fields)))
    }
  }

  /// All fields that anybody owns.
  var owned: FieldSet { entries.values.reduce(FieldSet()) { $0.union($1.fields) } }

  mutating func set(_ fields: FieldSet, of owner: Owner, apiVersion: String) {
    let time = entries[owner]?.time
    entries[owner] = fields.isEmpty ? nil : Entry(apiVersion: apiVersion, time: time, fields: fields)
  }

  mutating func take(_ fields: FieldSet, fromAllBut owner: Owner) {
    if fields.isEmpty { return }
    for (other, entry) in entries where other != owner {
      let rest = entry.fields.subtracting(fields)
      entries[other]?.fields = rest
      if rest.isEmpty { entries[other] = nil }
    }
  }

  mutating func capUpdateManagers() {
    var updates = entries.filter { $0.key.operation == .update && $0.key.manager != Self.ancient }
    while updates.count > Self.mostUpdateManagers {
      guard let oldest = updates.min(by: { Self.precedes($0, $1) }) else { return }
      updates[oldest.key] = nil
      entries[oldest.key] = nil
      let owner = Owner(Self.ancient, .update, apiVersion: oldest.value.apiVersion, subresource: nil)
      let known = entries[owner]?.fields ?? FieldSet()
      entries[owner] = Entry(
        apiVersion: oldest.value.apiVersion, time: oldest.value.time, fields: known.union(oldest.value.fields))
    }
  }

  /// `metadata.managedFields`, in Kubernetes' order: applied configurations first, then by time and name.
  var json: JSON {
    .array(
      entries.sorted(by: Self.precedes).map { owner, entry in
        var members: [String: JSON] = [
          "manager": .string(owner.manager), "operation": .string(owner.operation.rawValue),
          "apiVersion": .string(entry.apiVersion), "fieldsType": "FieldsV1", "fieldsV1": entry.fields.json,
        ]
        if let time = entry.time { members["time"] = .string(time) }
        if !owner.subresource.isEmpty { members["subresource"] = .string(owner.subresource) }
        return .object(members)
      })
  }

  private static func precedes(
    _ left: (key: Owner, value: Entry), _ right: (key: Owner, value: Entry)
  ) -> Bool {
    func order(_ entry: (key: Owner, value: Entry)) -> [String] {
      [
        entry.key.operation.rawValue, entry.value.time ?? "", entry.key.manager, entry.value.apiVersion,
        entry.key.subresource,
      ]
    }
    return order(left).lexicographicallyPrecedes(order(right))
  }
}
