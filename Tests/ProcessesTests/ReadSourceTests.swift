import Dispatch
import Glibc
import Synchronization
import Testing

@testable import Processes

@Suite("What can be read") struct ReadSourceTests {
  private let queue = DispatchQueue(label: "test")

  private func pipe() -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    #expect(Glibc.pipe(&ends) == 0)
    _ = fcntl(ends[0], F_SETFL, O_NONBLOCK)
    return (ends[0], ends[1])
  }

  @Test("is told until it is read, and again when there is more")
  func told() async {
    let (input, output) = pipe()
    defer { close(output) }
    let (bytes, continuation) = AsyncStream.makeStream(of: UInt8.self)
    let source = ReadSource(descriptor: input, queue: queue) { _ in
      // One at a time: the rest is told again.
      var byte: UInt8 = 0
      if read(input, &byte, 1) == 1 { continuation.yield(byte) }
    } onCancel: {
      close(input)
      continuation.finish()
    }
    #expect(write(output, [1, 2] as [UInt8], 2) == 2)
    var iterator = bytes.makeAsyncIterator()
    #expect(await iterator.next() == 1)
    #expect(await iterator.next() == 2)
    #expect(write(output, [3] as [UInt8], 1) == 1)
    #expect(await iterator.next() == 3)
    source.cancel()
    source.cancel()
    #expect(await iterator.next() == nil, "cancelled once")
  }

  @Test("the other end's closing is told, too")
  func closed() async {
    let (input, output) = pipe()
    await withCheckedContinuation { continuation in
      _ = ReadSource(descriptor: input, queue: queue) { source in
        source.cancel()
      } onCancel: {
        close(input)
        continuation.resume()
      }
      close(output)
    }
  }

  @Test("thousands begin and end on several threads at once")
  func many() async {
    await withTaskGroup(of: Void.self) { group in
      for worker in 0..<8 {
        group.addTask {
          let queue = DispatchQueue(label: "test \(worker)")
          for _ in 0..<500 {
            let (input, output) = pipe()
            await withCheckedContinuation { continuation in
              let isRead = Mutex(false)
              _ = ReadSource(descriptor: input, queue: queue) { source in
                var byte: UInt8 = 0
                guard read(input, &byte, 1) == 1 else { return }
                #expect(byte == UInt8(worker))
                isRead.withLock { $0 = true }
                source.cancel()
              } onCancel: {
                close(input)
                close(output)
                continuation.resume()
              }
              #expect(write(output, [UInt8(worker)], 1) == 1)
            }
          }
        }
      }
    }
  }
}
