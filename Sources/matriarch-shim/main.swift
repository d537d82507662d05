import CLinux
import Glibc

// Holds one container of a local pod, so that it outlives the node process that started it.
//
//   matriarch-shim STATE_DIRECTORY
//
// This program links neither Foundation nor NIO: there is one of it for every container, and it is single-threaded,
// which fork and PR_SET_PDEATHSIG ask for.

// Whatever the caller left open must not stay open for as long as the container runs.
clinux_close_from(3)
guard CommandLine.arguments.count == 2 else {
  complain("usage: matriarch-shim STATE_DIRECTORY")
  exit(2)
}
let directory = StateDirectory(path: CommandLine.arguments[1])
guard chdir(directory.path) == 0 else {
  complain("\(directory.path): \(errorText())")
  exit(1)
}
let ready = clinux_daemonize()
guard ready >= 0 else {
  complain("cannot go into the background: \(errorText())")
  exit(1)
}

/// Tells the process that was called how it went; it ends with this status.
func report(_ status: UInt8) {
  var status = status
  _ = write(ready, &status, 1)
  close(ready)
}

/// Lets go of the caller's terminal or pipes, once nothing is left to tell it.
func detachStandardStreams() {
  let null = open("/dev/null", O_RDWR | O_CLOEXEC)
  for number: Int32 in 0...2 { dup2(null, number) }
  if null > 2 { close(null) }
}

guard directory.claim() else {
  // Another shim has this container: nothing to do, nothing wrong.
  report(0)
  exit(0)
}
var shim = ContainerShim(directory: directory)
guard shim.start() else {
  report(1)
  exit(1)
}
report(0)
detachStandardStreams()
shim.hold()
