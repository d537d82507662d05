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
  func flag(_ name: String) -> Bool { QueryFlag.isSet(http.query(name)) }

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
  /// Characters of all lines together: clients limit the headers that they read.
  static let limit = 4096

  private struct Lines {
    var kept: [String] = []
    var seen: Set<String> = []
    var size = 0
    var omitted = 0
  }

  private let lines = Mutex(Lines())

  func add(_ line: String) {
    lines.withLock { lines in
      guard lines.omitted == 0, lines.size + line.count <= Self.limit else {
        lines.omitted += lines.seen.contains(line) ? 0 : 1
        return
      }
      guard lines.seen.insert(line).inserted else { return }
      lines.kept.append(line)
      lines.size += line.count
    }
  }

  /// As headers: `299 - "text"` (RFC 7234, 5.5), which kubectl prints.
  var headerValues: [String] {
    let lines = lines.withLock { $0 }
    let last = lines.omitted == 0 ? [] : ["and \(lines.omitted) more warnings"]
    return (lines.kept + last).map { line in
      let safe = line.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }.map(Character.init)
      let escaped = String(safe).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
      return "299 - \"\(escaped)\""
    }
  }
}
