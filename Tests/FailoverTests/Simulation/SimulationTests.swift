import Foundation
import Testing

@testable import Failover

/// Random schedules of everything that can go wrong, around the real decisions.
@Suite struct SimulationTests {
  /// The same schedules every time, so that what fails is what has changed. `MATRIARCH_SCHEDULES=1000000` for the long run,
  /// from another seed with `MATRIARCH_FIRST_SEED=…` (or `random`); `MATRIARCH_SEED=…` for one schedule again.
  private static let environment = ProcessInfo.processInfo.environment
  private static let schedules = environment["MATRIARCH_SCHEDULES"].flatMap { Int($0) } ?? 20_000

  @Test func noScheduleLosesOrDividesOrHangs() async throws {
    if let seed = Self.environment["MATRIARCH_SEED"].flatMap({ UInt64($0) }) {
      let world = Self.world(seed, isTraced: true)
      let verdict = world.run()
      print(world.trace.joined(separator: "\n"))
      #expect(verdict == nil)
      return
    }
    let first =
      switch Self.environment["MATRIARCH_FIRST_SEED"] {
      case "random": UInt64.random(in: 0...UInt64(UInt32.max))
      case let text: text.flatMap { UInt64($0) } ?? 1
      }
    let failures = await Self.run(Self.schedules, from: first) { Self.world($0) }
    for (seed, verdict) in failures.prefix(10) {
      Issue.record("SEED=\(seed) (MATRIARCH_SEED=\(seed) replays it): \(verdict)")
    }
    print("\(Self.schedules) schedules from seed \(first)")
  }

  /// A shell that breaks one rule is found out: without that the test above would prove nothing.
  @Test(arguments: Mutation.allCases) func aBrokenRuleIsFound(_ mutation: Mutation) async {
    var tried = 0
    var failures: [(UInt64, String)] = []
    while failures.isEmpty, tried < Self.schedules {
      failures = await Self.run(100, from: UInt64(tried)) { seed in
        World(seed: seed, faults: mutation.faults, mutation: mutation)
      }.filter { !$0.1.contains("nobody leads") }
      tried += 100
    }
    #expect(!failures.isEmpty, "\(mutation) was not noticed in \(tried) schedules")
    print("\(mutation): found within \(tried) schedules: \(failures.first?.1.prefix(120) ?? "")")
  }

  /// Each seed stands for a kind of cluster as well.
  private static func world(_ seed: UInt64, isTraced: Bool = false) -> World {
    var faults = Faults.usual
    switch seed % 8 {
    case 0, 1, 2: break
    case 3: faults.durability = .required
    case 4: faults.durability = .preferred
    case 5:
      faults.instances = 5
      faults.number = 2
    case 6: faults.instances = 2
    default:
      faults.freeze = 15
      faults.crash = 2
      faults.cut = 25
    }
    faults.sharesPlace = seed / 8 % 4 == 0
    return World(seed: seed, faults: faults, isTraced: isTraced)
  }

  /// On all processors.
  static func run(
    _ count: Int, from first: UInt64, _ make: @escaping @Sendable (UInt64) -> World
  ) async -> [(UInt64, String)] {
    let workers = ProcessInfo.processInfo.activeProcessorCount
    return await withTaskGroup(of: [(UInt64, String)].self) { group in
      for worker in 0..<workers {
        group.addTask {
          stride(from: worker, to: count, by: workers).compactMap { offset in
            let seed = first + UInt64(offset)
            let world = make(seed)
            return world.run().map { (seed, $0) }
          }
        }
      }
      return await group.reduce(into: []) { $0 += $1 }
    }
  }
}
