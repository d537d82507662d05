import Kubernetes
import NIOHTTP1
import Synchronization
import Web

/// One request for a resource, with what has been found out about it on its way.
struct APIRequest: Sendable {
  let http: HTTPRequest
  let target: ResourceTarget
  let verb: RequestVerb
  let user: Identity
  /// Lines for `Warning` headers, collected by whoever finds something worth saying.
  let warnings: Warnings
  /// DeleteOptions in the body ask for a dry run.
  var asksForDryRun = false

  func query(_ name: String) -> String? { http.query(name) }

  /// A parameter that is true, false or absent.
  func flag(_ name: String) -> Bool {
    guard let value = http.query(name) else { return false }
    return value == "true" || value == "1" || value.isEmpty
  }

  /// The whole body.
  ///
  /// - Throws: 413 beyond the limit, 400 where it does not arrive.
  func body() async throws(StatusError) -> [UInt8] {
    do {
      return try await http.collectBody(upTo: BodyParsing.limit)
    } catch RequestBodyError.tooLarge {
      throw .tooLarge(limit: BodyParsing.limit)
    } catch {
      throw .badRequest("the body of the request could not be read: \(error)")
    }
  }

  /// Whether the request only asks what would happen.
  ///
  /// - Throws: 400 for another value than `All`.
  func isDryRun() throws(StatusError) -> Bool {
    switch query("dryRun") {
    case nil, "": return asksForDryRun
    case "All": return true
    case .some(let other):
      throw .badRequest("dryRun: Unsupported value: \"\(other)\": supported values: \"All\"")
    }
  }

  func fieldValidation() throws(StatusError) -> FieldValidation {
    guard let value = query("fieldValidation"), !value.isEmpty else { return .warn }
    guard let validation = FieldValidation(rawValue: value) else {
      throw .badRequest(
        "fieldValidation: Unsupported value: \"\(value)\": supported values: \"Ignore\", \"Strict\", \"Warn\"")
    }
    return validation
  }

  /// Who is recorded as the owner of the fields that this request sets: `fieldManager`, or the program's name.
  var fieldManager: String {
    if let manager = query("fieldManager"), !manager.isEmpty { return manager }
    let agent = http.headers.first(name: "User-Agent") ?? "unknown"
    return String(agent.prefix { $0 != "/" && $0 != " " })
  }
}

/// What happens to fields that the schema does not know.
enum FieldValidation: String, Sendable {
  case strict = "Strict"
  case warn = "Warn"
  case ignore = "Ignore"
}

/// The warnings of one request.
final class Warnings: Sendable {
  private let lines = Mutex<[String]>([])

  func add(_ line: String) {
    lines.withLock { if !$0.contains(line) { $0.append(line) } }
  }

  /// As headers: `299 - "text"` (RFC 7234, 5.5), which kubectl prints.
  var headerValues: [String] {
    lines.withLock { $0 }.map { line in
      let safe = line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init)
      let escaped = String(safe).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "299 - \"\(escaped)\""
    }
  }
}
