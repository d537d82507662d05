/// A change that a watch reports.
public enum WatchEvent<Object: Sendable>: Sendable {
  case added(Object)
  case modified(Object)
  /// With the object's last state.
  case deleted(Object)
  /// Nothing changed up to this resource version.
  case bookmark(resourceVersion: String)
}

extension WatchEvent: Equatable where Object: Equatable {}

extension WatchEvent {
  /// Reads one line of a watch.
  ///
  /// - Throws: ``JSONError``; ``APIError`` where the server ends the watch with a `Status`, mostly as gone.
  static func parse(_ line: [UInt8]) throws -> WatchEvent<JSON>? {
    let json = try JSON(parsing: line)
    guard let object = json["object"] else { return nil }
    switch json["type"]?.stringValue {
    case "ADDED": return .added(object)
    case "MODIFIED": return .modified(object)
    case "DELETED": return .deleted(object)
    case "BOOKMARK":
      return .bookmark(resourceVersion: object[path: ["metadata", "resourceVersion"]]?.stringValue ?? "")
    case "ERROR": throw APIError(statusObject: object)
    // A type of a later version of the API.
    default: return nil
    }
  }

  func map<Other: Sendable>(_ transform: (Object) throws -> Other) rethrows -> WatchEvent<Other> {
    switch self {
    case .added(let object): .added(try transform(object))
    case .modified(let object): .modified(try transform(object))
    case .deleted(let object): .deleted(try transform(object))
    case .bookmark(let version): .bookmark(resourceVersion: version)
    }
  }
}
