/// What postgres wants of the instance manager.
struct Command {
  var socket: String
  /// One line: the verb, the file, and for `restore` where it is to be.
  var question: String
  var isRestore: Bool

  init?(_ arguments: [String]) {
    switch (arguments.first, arguments.count) {
    case ("archive", 3): isRestore = false
    case ("restore", 4): isRestore = true
    default: return nil
    }
    // `%p` of archive_command is `pg_wal/NAME`; the manager knows where that is.
    let file = isRestore ? arguments[2] : arguments[2].split(separator: "/").last.map(String.init) ?? ""
    let words = [arguments[0], file] + arguments.dropFirst(3)
    guard words.allSatisfy({ !$0.isEmpty && !$0.contains { $0 == "\n" || $0 == " " } }) else { return nil }
    socket = arguments[1]
    question = words.joined(separator: " ") + "\n"
  }
}
