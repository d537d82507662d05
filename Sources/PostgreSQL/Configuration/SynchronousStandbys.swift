/// The value of `synchronous_standby_names`.
public struct SynchronousStandbys: Sendable, Equatable {
  public enum Method: String, Sendable {
    case any = "ANY"
    case first = "FIRST"
  }

  public var method: Method
  /// How many of the standbys must confirm a commit.
  public var number: Int
  /// `application_name`s. In the order given: it matters for `FIRST`.
  public var names: [String]

  public init(method: Method, number: Int, names: [String]) {
    self.method = method
    self.number = number
    self.names = names
  }

  /// `ANY 1 ("pg-2","pg-3")`. Inside quotes PostgreSQL's grammar knows one escape, the doubled quote.
  public var parameterValue: String {
    let list = names.map { "\"" + $0.replacing("\"", with: "\"\"") + "\"" }.joined(separator: ",")
    return "\(method.rawValue) \(number) (\(list))"
  }
}
