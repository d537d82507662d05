/// What a client that asks for `fieldValidation: Strict` (or `Warn`) is told about members that mean nothing.
public enum StrictDecoding {
  /// `unknown field "spec.foo"`, `duplicate field "spec.bar"`: one text each, as warnings have them.
  public static func problems(unknown: [String], duplicates: [String]) -> [String] {
    let known = unknown.prefix(most).map { "unknown field \(goQuoted($0))" }
    let problems = known + duplicates.prefix(most - known.count).map { "duplicate field \(goQuoted($0))" }
    let more = unknown.count + duplicates.count - problems.count
    return more > 0 ? problems + ["and \(more) more"] : problems
  }

  /// So many problems are named; a body can hold as many as it has bytes.
  private static let most = 100

  /// `strict decoding error: unknown field "spec.foo", duplicate field "spec.bar"`, or nil when all is well.
  public static func message(unknown: [String], duplicates: [String]) -> String? {
    let problems = problems(unknown: unknown, duplicates: duplicates)
    return problems.isEmpty ? nil : "strict decoding error: \(problems.joined(separator: ", "))"
  }
}
