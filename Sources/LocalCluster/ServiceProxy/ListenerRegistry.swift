import Glibc
import Kubernetes
import Logging
import NIOCore
import Synchronization

/// The listeners of all services.
final class ListenerRegistry: Sendable {
  private struct State {
    var listeners: [ObjectKey: [ListeningAddress: PortListener]] = [:]
    /// What was last said about a service, so that it is said once.
    var reports: [ObjectKey: [String]] = [:]
  }

  private let state = Mutex(State())
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  /// Makes a service's listeners those that it wants.
  ///
  /// - Returns: the addresses that could not be had, with errno; and whether one was given up that others may want.
  func apply(
    _ wanted: [ListeningAddress: ForwardingRules], for service: ObjectKey
  ) async -> (failures: [ListeningAddress: CInt], hasFreed: Bool) {
    let present = state.withLock { $0.listeners[service] ?? [:] }
    // Connections are cut and endpoints changed before anything that takes time.
    for (address, listener) in present {
      if let rules = wanted[address] { listener.update(rules) }
    }
    var next = present
    var hasFreed = false
    for (address, listener) in present where wanted[address] == nil {
      await listener.close()
      next[address] = nil
      hasFreed = true
    }
    var failures: [ListeningAddress: CInt] = [:]
    for (address, rules) in wanted.sorted(by: { $0.key < $1.key }) where present[address] == nil {
      do {
        next[address] = try await PortListener.open(
          address: address.address, port: address.port, rules: rules, logger: logger)
      } catch {
        failures[address] = (error as? IOError)?.errnoCode ?? EIO
      }
    }
    state.withLock { $0.listeners[service] = next.isEmpty ? nil : next }
    return (failures, hasFreed)
  }

  /// The services that listen on an address of the load balancer.
  func closeAll() async {
    let all = state.withLock { state in
      defer { state.listeners = [:] }
      return state.listeners.values.flatMap(\.values)
    }
    for listener in all { await listener.close() }
  }

  /// The sentences that were not said about the service the last time.
  func news(_ sentences: [String], about service: ObjectKey) -> [String] {
    state.withLock { state in
      let known = state.reports[service] ?? []
      state.reports[service] = sentences.isEmpty ? nil : sentences
      return sentences.filter { !known.contains($0) }
    }
  }
}
