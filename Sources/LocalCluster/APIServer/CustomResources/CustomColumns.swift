import Foundation
import Kubernetes

/// The printer columns of a custom resource.
enum CustomColumns {
  /// Name and age where a definition names no columns, as in Kubernetes.
  static func columns(_ definitions: [CustomResourceColumnDefinition]?) throws(JSONPath.Failure) -> [TableColumn] {
    guard let definitions, !definitions.isEmpty else { return TableColumn.nameAndAge }
    var columns = [TableColumn.name]
    for definition in definitions {
      let path = try JSONPath(definition.jsonPath)
      let type = definition.type
      var column = TableColumn(
        definition.name, type: type == "date" ? "date" : type, format: definition.format ?? "",
        description: definition.description ?? ""
      ) { object, now in
        cell(path.values(in: object), type: type, now)
      }
      column.priority = definition.priority ?? 0
      columns.append(column)
    }
    return columns
  }

  static func cell(_ values: [JSON], type: String, _ now: Date) -> JSON {
    guard let first = values.first, !first.isNull else { return .null }
    switch (type, first) {
    case ("integer", .int), ("number", .int), ("number", .double), ("boolean", .bool): return first
    case ("integer", .double(let value)): return Int64(exactly: value.rounded(.towardZero)).map(JSON.int) ?? .null
    case ("date", .string): return .string(HumanDuration.since(first, now))
    case ("string", .string) where values.count == 1: return first
    case ("string", _): return .string(values.map(text).joined(separator: ","))
    default: return .null
    }
  }

  private static func text(_ value: JSON) -> String { value.stringValue ?? value.text }
}
