import Glibc

// What postgres calls for every file of its write-ahead log: it asks the instance manager and passes its answer on.
//
//   matriarch-wal archive SOCKET FILE         archive_command
//   matriarch-wal restore SOCKET FILE PATH    restore_command
//
// It links neither Foundation nor NIO: it runs once a segment, and starts in two milliseconds.

let usage = "usage: matriarch-wal archive SOCKET FILE | matriarch-wal restore SOCKET FILE PATH"
let arguments = Array(CommandLine.arguments.dropFirst())
guard let command = Command(arguments) else { fail(usage) }

switch ask(command.question, at: command.socket) {
case .success(let answer):
  switch answer.verdict {
  case "done": exit(0)
  // PostgreSQL ends the archiver or the recovery at a signal, instead of trying again or taking it for the end of the log
  // (`pgarch_archiveXlog`, `RestoreArchivedFile`).
  case "stop": endBySignal()
  default: fail(answer.text)
  }
case .failure(let error):
  // Without an answer nobody knows whether the archive goes on: that must not look like its end.
  if command.isRestore { endBySignal() }
  fail("the instance manager does not answer: \(error.text)")
}
