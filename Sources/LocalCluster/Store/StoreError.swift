/// Why the store did not do what it was asked.
public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
  case alreadyExists(StoreKey)
  case notFound(StoreKey)
  /// The object changed since it was read.
  case conflict(StoreKey)
  /// Events this old are no longer kept; the reader has to list again.
  case gone(requested: Int64, oldest: Int64)
  /// The disk below the store is full. Nothing was changed.
  case full(String)
  /// SQLite or the disk failed. Nothing was changed, as far as can be known.
  case failed(String)
  /// Another process has the file open.
  case inUse(String)
  /// What the file holds cannot be understood.
  case damaged(String)
  /// More writes are waiting than the store queues.
  case overloaded

  /// Whether somebody else wrote the object first.
  public var isOvertaken: Bool {
    switch self {
    case .conflict, .notFound: true
    default: false
    }
  }

  public var description: String {
    switch self {
    case .alreadyExists(let key): "\(key) already exists"
    case .notFound(let key): "\(key) not found"
    case .conflict(let key): "\(key) has been modified"
    case .gone(let requested, let oldest): "too old resource version: \(requested) (\(oldest))"
    case .full(let path): "the disk below \(path) is full: nothing was changed; free space there and try again"
    case .failed(let reason): "the store failed: \(reason)"
    case .inUse(let path): "\(path) is in use by another process: stop it first, or choose another state folder"
    case .damaged(let reason): "the store is damaged: \(reason); restore the file from a copy"
    case .overloaded: "too many writes are waiting: try again"
    }
  }
}
