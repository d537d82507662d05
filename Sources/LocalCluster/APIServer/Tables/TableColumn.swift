import Foundation
import Kubernetes

/// One column that `kubectl get` prints.
struct TableColumn: Sendable {
  var name: String
  var type = "string"
  var format = ""
  var description = ""
  /// Above 0 it shows only with `-o wide`.
  var priority = 0
  /// The cell of an object; the date is now, for ages.
  var value: @Sendable (JSON, Date) -> JSON

  init(
    _ name: String, type: String = "string", format: String = "", description: String = "", wide: Bool = false,
    _ value: @escaping @Sendable (JSON, Date) -> JSON
  ) {
    self.name = name
    self.type = type
    self.format = format
    self.description = description
    priority = wide ? 1 : 0
    self.value = value
  }

  var definition: JSON {
    [
      "name": .string(name), "type": .string(type), "format": .string(format), "description": .string(description),
      "priority": .int(Int64(priority)),
    ]
  }

  static let name = TableColumn("Name", format: "name") { object, _ in .string(object.objectName) }

  static let age = TableColumn("Age") { object, now in
    .string(HumanDuration.since(object[path: ["metadata", "creationTimestamp"]], now))
  }

  static let nameAndAge = [name, age]

  /// A column that shows the text at a path as it is; `fallback` where there is none.
  static func text(_ name: String, _ path: String..., wide: Bool = false, fallback: String = "") -> TableColumn {
    TableColumn(name, wide: wide) { object, _ in
      switch object[path: path] {
      case .string(let value)?: .string(value.isEmpty ? fallback : value)
      case .int(let value)?: .string(String(value))
      case .bool(let value)?: .string(value ? "true" : "false")
      default: .string(fallback)
      }
    }
  }
}

/// The answer to a client that asks for a table: kubectl's `get`.
enum Table {
  /// What a row carries of its object, `includeObject` of the query.
  enum Include: String, Sendable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"
  }

  static func make(
    _ objects: [JSON], columns: [TableColumn], include: Include, metadata: JSON, withDefinitions: Bool = true,
    now: Date = .now
  ) -> JSON {
    let rows = objects.map { object -> JSON in
      var row: JSON = ["cells": .array(columns.map { $0.value(object, now) })]
      switch include {
      case .none: break
      case .metadata: row["object"] = partial(object)
      case .object: row["object"] = object
      }
      return row
    }
    return [
      "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
      "columnDefinitions": .array(withDefinitions ? columns.map(\.definition) : []), "rows": .array(rows),
    ]
  }

  /// The object as clients see it that read only metadata.
  static func partial(_ object: JSON) -> JSON {
    [
      "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"] ?? [:],
    ]
  }
}
