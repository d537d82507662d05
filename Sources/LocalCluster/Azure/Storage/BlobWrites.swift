import GRDB
import Synchronization

/// Collects the changes that arrive while a transaction is under way and makes them in the next one together: one flush
/// to disk answers all of them.
actor BlobWrites {
  private struct Change: Sendable {
    let make: @Sendable (Database) -> Void
    /// Tells the one who waits, with the error of the transaction where it failed as a whole.
    let answer: @Sendable ((any Error)?) -> Void
  }

  private final class Outcome<Value: Sendable>: Sendable {
    private let result = Mutex<Result<Value, any Error>?>(nil)

    func set(_ result: Result<Value, any Error>) { self.result.withLock { $0 = result } }
    var value: Result<Value, any Error> {
      result.withLock { $0 } ?? .failure(DatabaseError(resultCode: .SQLITE_ABORT))
    }
  }

  private let pool: DatabasePool
  private var waiting: [Change] = []
  private var isWriting = false

  init(_ pool: DatabasePool) { self.pool = pool }

  func perform<Value: Sendable>(_ change: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let outcome = Outcome<Value>()
      waiting.append(
        Change(
          make: { database in outcome.set(Result { try Self.undoing(database) { try change(database) } }) },
          answer: { error in continuation.resume(with: error.map { .failure($0) } ?? outcome.value) }))
      guard !isWriting else { return }
      isWriting = true
      // The task belongs to no caller: whoever's change started it may be cancelled, the others' go on.
      Task { await writeAll() }
    }
  }

  /// A change that fails is undone alone.
  private static func undoing<Value>(_ database: Database, _ change: () throws -> Value) throws -> Value {
    var result: Result<Value, any Error>?
    try database.inSavepoint {
      let made = Result { try change() }
      result = made
      if case .failure = made { return .rollback }
      return .commit
    }
    return try (result ?? .failure(DatabaseError(resultCode: .SQLITE_ABORT))).get()
  }

  private func writeAll() async {
    while !waiting.isEmpty {
      let changes = waiting
      waiting = []
      var failure: (any Error)?
      do {
        try await pool.writeWithoutTransaction { database in
          try database.inTransaction(.immediate) {
            for change in changes { change.make(database) }
            return .commit
          }
        }
      } catch {
        failure = error
      }
      for change in changes { change.answer(failure) }
    }
    isWriting = false
  }
}
