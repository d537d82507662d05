import PostgreSQL
import Testing

@testable import Backup

@Suite("The queue of files on their way to the archive")
struct ArchiveQueueTests {
  static func name(_ number: Int) -> WALFileName {
    WALFileName(WALSegment(timeline: TimelineID(1), number: UInt64(number)))
  }

  static func names(_ numbers: ClosedRange<Int>) -> Set<WALFileName> { Set(numbers.map(name)) }

  @Test("A file is answered for only once the store has confirmed it")
  func answeredAfterUpload() {
    var queue = ArchiveQueue()
    #expect(queue.asked(Self.name(1), by: 7) == [.upload(Self.name(1)), .look])
    #expect(queue.uploaded(Self.name(1)) == [.answer(7, .done)])
  }

  @Test("The files that wait behind it are uploaded at the same time, in order, and then answered at once")
  func ahead() {
    var queue = ArchiveQueue()
    queue.limit = 3
    #expect(queue.asked(Self.name(1), by: 1) == [.upload(Self.name(1)), .look])
    #expect(queue.noticed(Self.names(1...9)) == [.upload(Self.name(2)), .upload(Self.name(3))])
    #expect(queue.uploaded(Self.name(3)) == [.upload(Self.name(4))])
    #expect(queue.uploaded(Self.name(1)) == [.answer(1, .done), .upload(Self.name(5))])
    #expect(queue.asked(Self.name(2), by: 2) == [.look])
    #expect(queue.uploaded(Self.name(2)) == [.answer(2, .done), .upload(Self.name(6))])
    #expect(queue.asked(Self.name(3), by: 3) == [.answer(3, .done), .look])
  }

  @Test("A file whose mark is not renamed yet is not uploaded again")
  func acknowledged() {
    var queue = ArchiveQueue()
    queue.limit = 2
    _ = queue.asked(Self.name(1), by: 1)
    _ = queue.uploaded(Self.name(1))
    #expect(queue.noticed(Self.names(1...2)) == [.upload(Self.name(2))])
    // postgres crashed in between, and asks again.
    #expect(queue.asked(Self.name(1), by: 2) == [.answer(2, .done), .look])
  }

  @Test("What is no longer marked is forgotten; a later file of that name is uploaded")
  func forgotten() {
    var queue = ArchiveQueue()
    _ = queue.asked(Self.name(1), by: 1)
    _ = queue.uploaded(Self.name(1))
    #expect(queue.noticed([]) == [])
    #expect(queue.asked(Self.name(1), by: 2) == [.upload(Self.name(1)), .look])
  }

  @Test("A failure is told to the one that asked; the next time it is tried anew")
  func failure() {
    var queue = ArchiveQueue()
    _ = queue.asked(Self.name(1), by: 1)
    #expect(queue.failed(Self.name(1), "no") == [.answer(1, .failed("no"))])
    #expect(queue.asked(Self.name(1), by: 2) == [.upload(Self.name(1)), .look])
  }

  @Test("After a failure nothing is uploaded ahead until postgres asks again")
  func failureAhead() {
    var queue = ArchiveQueue()
    queue.limit = 2
    _ = queue.asked(Self.name(1), by: 1)
    #expect(queue.noticed(Self.names(1...5)) == [.upload(Self.name(2))])
    #expect(queue.failed(Self.name(2), "no") == [])
    #expect(queue.uploaded(Self.name(1)) == [.answer(1, .done)])
  }

  @Test("The file that is asked for goes before those that only might be")
  func askedFirst() {
    var queue = ArchiveQueue()
    _ = queue.asked(Self.name(1), by: 1)
    _ = queue.noticed(Self.names(1...5))
    #expect(queue.asked(Self.name(5), by: 2) == [.look])
    #expect(queue.uploaded(Self.name(1)) == [.answer(1, .done), .upload(Self.name(5))])
  }

  @Test("When postgres is stopped, all that wait are told so at once, and what is on its way goes on")
  func stopping() {
    var queue = ArchiveQueue()
    _ = queue.asked(Self.name(1), by: 1)
    _ = queue.asked(Self.name(2), by: 2)
    #expect(queue.refuse(.stop) == [.answer(1, .stop), .answer(2, .stop)])
    #expect(queue.uploaded(Self.name(1)) == [])
    #expect(queue.asked(Self.name(1), by: 3) == [.answer(3, .done), .look])
  }

  @Test("Whatever happens, each asker gets one answer, and done only after the upload", arguments: 0..<200)
  func property(seed: Int) {
    var random = Seeded(UInt64(seed))
    var queue = ArchiveQueue()
    queue.limit = Int.random(in: 1...4, using: &random)
    var uploading: Set<WALFileName> = []
    var stored: Set<WALFileName> = []
    var ready = Self.names(1...12)
    var answered: [Int: HelperAnswer] = [:]
    var askedFor: [Int: WALFileName] = [:]
    func take(_ actions: [ArchiveQueue.Action]) {
      for action in actions {
        switch action {
        case .upload(let name):
          #expect(uploading.insert(name).inserted, "uploaded twice at the same time")
        case .answer(let number, let answer):
          #expect(answered[number] == nil, "answered twice")
          answered[number] = answer
          if answer == .done, let name = askedFor[number] {
            #expect(stored.contains(name))
            ready.remove(name)
          }
        case .look: break
        }
      }
      #expect(uploading.count <= queue.limit)
    }
    for number in 1...200 {
      switch Int.random(in: 0..<5, using: &random) {
      case 0:
        guard let name = ready.min(by: { $0.text < $1.text }) else { continue }
        askedFor[number] = name
        take(queue.asked(name, by: number))
      case 1: take(queue.noticed(ready))
      case 2:
        guard let name = uploading.randomElement(using: &random) else { continue }
        uploading.remove(name)
        take(queue.failed(name, "broken"))
      default:
        guard let name = uploading.randomElement(using: &random) else { continue }
        uploading.remove(name)
        stored.insert(name)
        take(queue.uploaded(name))
      }
    }
    while let name = uploading.first {
      uploading.remove(name)
      stored.insert(name)
      take(queue.uploaded(name))
    }
    #expect(Set(answered.keys) == Set(askedFor.keys))
  }

  /// SplitMix64.
  private struct Seeded: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var z = state
      z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
      z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
      return z ^ (z >> 31)
    }
  }
}
