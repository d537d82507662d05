/// Does something for each item, for at most so many at once, and stops at the first failure.
func inParallel<Item: Sendable>(
  _ items: [Item], limit: Int, _ body: @Sendable @escaping (Item) async throws -> Void
) async throws {
  try await withThrowingTaskGroup(of: Void.self) { group in
    for (index, item) in items.enumerated() {
      if index >= limit { try await group.next() }
      group.addTask { try await body(item) }
    }
    try await group.waitForAll()
  }
}
