import Kubernetes

/// A text in quotation marks, as it stands inside messages.
func quoted(_ text: String) -> String { JSON.string(text).text }

extension FieldError {
  static func invalid(_ path: String, _ value: String, _ detail: String) -> Self {
    .invalid(path, .string(value), detail)
  }

  static func invalid(_ path: String, _ value: Int, _ detail: String) -> Self {
    .invalid(path, .int(Int64(value)), detail)
  }

  static func invalid(_ path: String, _ value: [String], _ detail: String) -> Self {
    .invalid(path, .array(value.map { .string($0) }), detail)
  }

  /// An error about a whole structure, shown as JSON.
  static func invalid(_ path: String, structure: (some Declared)?, _ detail: String) -> Self {
    .invalid(path, structure.flatMap { try? JSON(encoding: $0) } ?? .null, detail)
  }
}

extension [FieldError] {
  /// The error, if there is a reason for it.
  static func when(_ isWrong: Bool, _ error: @autoclosure () -> FieldError) -> Self { isWrong ? [error()] : [] }
}

extension Sequence where Element: Hashable {
  /// For each element in order, whether an equal one came before it.
  func markingRepetitions() -> [(element: Element, isRepeated: Bool)] {
    var seen: Set<Element> = []
    return map { ($0, !seen.insert($0).inserted) }
  }

  var hasRepetitions: Bool { markingRepetitions().contains { $0.isRepeated } }
}

extension String? {
  var isNilOrEmpty: Bool { self?.isEmpty ?? true }
}
