/// JSON patches (RFC 6902), `application/json-patch+json`.
public enum JSONPatch {
  /// As many operations as Kubernetes accepts in one patch.
  public static let mostOperations = 10_000
  /// Bytes that all `copy` operations of a patch may make together: copies of copies grow exponentially.
  static let copyLimit = 3 << 20

  /// The document after all operations; when one fails, none counts.
  public static func apply(_ operations: JSON, to document: JSON) throws(PatchError) -> JSON {
    guard let list = operations.arrayValue else {
      throw .malformed("a JSON patch is a list of operations, not of type \(operations.typeName)")
    }
    guard list.count <= mostOperations else {
      throw PatchError(
        kind: .tooLarge,
        message: "The allowed maximum operations in a JSON patch is \(mostOperations), got \(list.count)")
    }
    var document = document
    var copied = 0
    for (index, operation) in list.enumerated() {
      let parsed = try Operation(operation, index: index)
      try parsed.apply(to: &document, copied: &copied)
    }
    return document
  }

  private struct Operation {
    enum Kind: String { case add, remove, replace, move, copy, test }

    let kind: Kind
    let path: JSONPointer
    let from: JSONPointer?
    let value: JSON?

    init(_ json: JSON, index: Int) throws(PatchError) {
      guard let name = json["op"]?.stringValue, let kind = Kind(rawValue: name) else {
        throw .malformed("operation \(index) of the JSON patch: unexpected kind: \(json["op"]?.text ?? "none")")
      }
      guard let path = json["path"]?.stringValue else {
        throw .malformed("operation \(index) of the JSON patch: \(name) operation without a path")
      }
      self.kind = kind
      self.path = try JSONPointer(path)
      value = json["value"]
      switch kind {
      case .move, .copy:
        guard let from = json["from"]?.stringValue else {
          throw .malformed("operation \(index) of the JSON patch: \(name) operation without from")
        }
        self.from = try JSONPointer(from)
      case .add, .replace, .test:
        guard value != nil else {
          throw .malformed("operation \(index) of the JSON patch: \(name) operation without a value")
        }
        from = nil
      case .remove: from = nil
      }
    }

    func apply(to document: inout JSON, copied: inout Int) throws(PatchError) {
      switch kind {
      case .add: try path.add(value ?? .null, to: &document, "add")
      case .remove: _ = try path.remove(from: &document, "remove")
      case .replace: try path.replace(with: value ?? .null, in: &document)
      case .test:
        // A test for null holds where nothing stands, as in the library that Kubernetes uses.
        let found = path.value(in: document) ?? .null
        guard found.isSameValue(as: value ?? .null) else {
          throw .notApplicable("testing value \(path) failed: test failed")
        }
      case .move:
        guard let from else { return }
        guard !path.isInside(from) else {
          throw .notApplicable("move operation does not apply: \(path) is inside \(from)")
        }
        let value = try from.remove(from: &document, "move")
        try path.add(value, to: &document, "move")
      case .copy:
        guard let from else { return }
        guard let value = from.value(in: document) else {
          throw .notApplicable("copy operation does not apply: doc is missing from path: \(from): missing value")
        }
        copied += value.serialized().count
        guard copied <= JSONPatch.copyLimit else {
          throw PatchError(
            kind: .tooLarge,
            message: "Unable to complete the copy, the accumulated size increase of copy is \(copied), "
              + "exceeding the limit \(JSONPatch.copyLimit)")
        }
        try path.add(value, to: &document, "copy")
      }
    }
  }
}
