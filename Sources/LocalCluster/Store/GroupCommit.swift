/// Collects the writes that arrive while a commit is under way, and commits them together: one fdatasync answers
/// all of them.
actor GroupCommit {
  typealias Answer = Result<StoredObject, StoreError>

  private struct Waiting {
    let write: StoreWrite
    let answer: CheckedContinuation<Answer, Never>
  }

  /// No more than this many writes wait.
  static let mostWaiting = 4096

  private var waiting: [Waiting] = []
  private var isCommitting = false
  private let file: StoreFile
  private let memory: StoreMemory

  init(file: StoreFile, memory: StoreMemory) {
    self.file = file
    self.memory = memory
  }

  /// Answers once the write is durable, or has failed.
  func submit(_ write: StoreWrite) async -> Answer {
    guard waiting.count < Self.mostWaiting else { return .failure(.overloaded) }
    return await withCheckedContinuation { answer in
      waiting.append(Waiting(write: write, answer: answer))
      guard !isCommitting else { return }
      isCommitting = true
      // The task belongs to no caller: whoever's write started it may be cancelled, the others' writes go on.
      Task { await commitAll() }
    }
  }

  private func commitAll() async {
    while !waiting.isEmpty {
      let batch = waiting
      waiting = []
      let answers = await commit(batch.map(\.write))
      for (item, answer) in zip(batch, answers) { item.answer.resume(returning: answer) }
    }
    isCommitting = false
  }

  private func commit(_ writes: [StoreWrite]) async -> [Answer] {
    do {
      let decided = try await file.commit { [memory] in memory.decide(writes) }
      memory.take(decided.events)
      return decided.answers
    } catch {
      // The transaction is undone: none of its writes may be answered with success.
      return writes.map { _ in .failure(error) }
    }
  }
}
