import Glibc
import Testing

@testable import Processes

@Suite("SignalStream")
struct SignalStreamTests {
  @Test("every stream gets the signals it asked for, and the process lives", .timeLimit(.minutes(1)))
  func delivers() async {
    let first = SignalStream([SIGUSR1, SIGHUP])
    let second = SignalStream([SIGHUP])
    kill(getpid(), SIGUSR1)
    var signals = first.makeAsyncIterator()
    #expect(await signals.next() == SIGUSR1)
    kill(getpid(), SIGHUP)
    #expect(await signals.next() == SIGHUP)
    var others = second.makeAsyncIterator()
    #expect(await others.next() == SIGHUP)
  }

  @Test("ends with its task", .timeLimit(.minutes(1)))
  func cancellation() async {
    let waiting = Task { for await _ in SignalStream([SIGURG]) {} }
    waiting.cancel()
    await waiting.value
  }
}
