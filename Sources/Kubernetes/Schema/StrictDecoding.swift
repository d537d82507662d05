/// What a client that asks for `fieldValidation: Strict` (or `Warn`) is told about members that mean nothing.
public enum StrictDecoding {
  /// `unknown field "spec.foo"`, `duplicate field "spec.bar"`: one text each, as warnings have them.
  public static func problems(unknown: [String], duplicates: [String]) -> [String] {
    unknown.map { "unknown field \(goQuoted($0))" } + duplicates.map { "duplicate field \(goQuoted($0))" }
  }

  /// `strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"`, or nil when all is well.
  public static func message(unknown: [String], duplicates: [String]) -> String? {
    let problems = problems(unknown: unknown, duplicates: duplicates)
    return problems.isEmpty ? nil : "strict decoding error: \(problems.joined(separator: ", "))"
  }
}
