import PostgreSQL

/// Which files of the write-ahead log are on their way to the archive, and which are there: `event → [action]`.
///
/// postgres asks for one file after another and waits for each. So that it need not wait, the files it will ask for next are
/// uploaded at the same time; the answer is then "already safe". Nothing counts as safe before the store has confirmed it,
/// and what is known is lost with the manager: then a file is uploaded once more, which changes nothing.
struct ArchiveQueue: Sendable {
  enum Action: Sendable, Equatable {
    case upload(WALFileName)
    case answer(Int, HelperAnswer)
    /// See which files wait (`pg_wal/archive_status/*.ready`) and tell by ``ArchiveQueue/noticed(_:)``.
    case look
  }

  private enum State: Sendable, Equatable {
    case uploading
    case safe
    /// Safe, and postgres knows; it is about to rename the file's mark.
    case acknowledged
  }

  /// Uploads at the same time.
  var limit = 1
  private var files: [WALFileName: State] = [:]
  /// Those who asked for a file and wait, by their numbers.
  private var askers: [WALFileName: [Int]] = [:]
  private var waiting: [WALFileName] = []

  mutating func asked(_ name: WALFileName, by number: Int) -> [Action] {
    switch files[name] {
    case .safe, .acknowledged:
      files[name] = .acknowledged
      return [.answer(number, .done), .look]
    case .uploading:
      askers[name, default: []].append(number)
      return [.look]
    case nil:
      askers[name, default: []].append(number)
      // postgres waits for this one: it goes before those that only might be asked for.
      waiting.removeAll { $0 == name }
      waiting.insert(name, at: 0)
      return start() + [.look]
    }
  }

  /// The files that wait, in whatever order.
  mutating func noticed(_ ready: Set<WALFileName>) -> [Action] {
    // What is no longer marked is done with.
    for (name, state) in files where state != .uploading && !ready.contains(name) { files[name] = nil }
    waiting = ready.filter { files[$0] == nil && askers[$0] == nil }.sorted(by: WALFileName.isArchivedBefore)
    let asked = askers.keys.filter { files[$0] == nil }.sorted(by: WALFileName.isArchivedBefore)
    waiting = asked + waiting
    return start()
  }

  mutating func uploaded(_ name: WALFileName) -> [Action] {
    let numbers = askers.removeValue(forKey: name) ?? []
    files[name] = numbers.isEmpty ? .safe : .acknowledged
    return numbers.map { .answer($0, .done) } + start()
  }

  /// Those that wait are told; what was only uploaded ahead is left until it is asked for, so that a store in trouble is
  /// not asked for more.
  mutating func failed(_ name: WALFileName, _ text: String) -> [Action] {
    files[name] = nil
    waiting.removeAll { askers[$0] == nil }
    return (askers.removeValue(forKey: name) ?? []).map { .answer($0, .failed(text)) } + start()
  }

  /// Everybody who waits is told the same, and nothing more is begun. What is on its way goes on.
  mutating func refuse(_ answer: HelperAnswer) -> [Action] {
    waiting = []
    let numbers = askers.values.flatMap { $0 }.sorted()
    askers = [:]
    return numbers.map { .answer($0, answer) }
  }

  private mutating func start() -> [Action] {
    var actions: [Action] = []
    var free = limit - files.values.count { $0 == .uploading }
    while free > 0, !waiting.isEmpty {
      let name = waiting.removeFirst()
      files[name] = .uploading
      actions.append(.upload(name))
      free -= 1
    }
    return actions
  }
}
