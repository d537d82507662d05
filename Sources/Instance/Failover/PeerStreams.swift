import Certificates
import Failover
import Foundation
import Logging
import Synchronization
import Web

/// Heartbeats to and from the other instances: a stream in each direction, mutually authenticated by the certificates of
/// the cluster.
final class PeerStreams: Sendable {
  private let environment: InstanceEnvironment
  private let controlPlane: any ControlPlane
  private let certificates: CertificateFiles
  private let tls: ServerTLS
  private let logger: Logger
  private let deliver: @Sendable (Failover.Event) -> Void
  private let connections = Mutex<[String: MessageConnection]>([:])
  private let wanted = Mutex<Set<String>>([])
  private let wantedChanged = Wakeup()

  init(
    environment: InstanceEnvironment, controlPlane: any ControlPlane, certificates: CertificateFiles, tls: ServerTLS,
    logger: Logger, deliver: @escaping @Sendable (Failover.Event) -> Void
  ) {
    self.environment = environment
    self.controlPlane = controlPlane
    self.certificates = certificates
    self.tls = tls
    self.logger = logger
    self.deliver = deliver
  }

  /// To all that can be reached, without waiting.
  func tell(_ heartbeat: Heartbeat) {
    guard let bytes = try? JSONEncoder().encode(heartbeat) else { return }
    for connection in connections.withLock({ Array($0.values) }) { connection.send(Array(bytes)) }
  }

  /// Who the other instances are.
  func follow(_ names: Set<String>) {
    let isNew = wanted.withLock { wanted in
      defer { wanted = names }
      return wanted != names
    }
    if isNew { wantedChanged.signal() }
  }

  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.listen() }
      var dialled: Set<String> = []
      while !Task.isCancelled {
        let names = wanted.withLock { $0 }
        // One that went and comes back is dialled again.
        dialled.formIntersection(names)
        for name in names.subtracting(dialled) {
          dialled.insert(name)
          group.addTask { await self.keepDialling(name) }
        }
        await wantedChanged.sleep(atMost: .seconds(60))
      }
      group.cancelAll()
    }
  }

  private func listen() async {
    let server = MessageServer(
      address: environment.address, port: environment.heartbeatPort, tls: tls, client: "streaming_replica",
      logger: logger
    ) { [deliver] bytes in
      // What is no heartbeat says nothing.
      guard let heartbeat = try? JSONDecoder().decode(Heartbeat.self, from: Data(bytes)) else { return }
      deliver(.heard(heartbeat))
    }
    while !Task.isCancelled {
      do { try await server.run() } catch {
        logger.error("cannot listen for heartbeats; trying again", metadata: ["error": "\(error)"])
      }
      try? await Task.sleep(for: .seconds(1))
    }
  }

  /// One peer, for as long as it is an instance of the Cluster.
  private func keepDialling(_ name: String) async {
    var address: String?
    var failures = 0
    while !Task.isCancelled, wanted.withLock({ $0.contains(name) }) {
      if address == nil || failures % 5 == 1 {
        do {
          address = try await controlPlane.podAddress(name)
          if address == nil { deliver(.gone(name)) }
        } catch {
          // The API server is away: the last address is the best there is.
        }
      }
      let beginning = ContinuousClock.now
      if let address, let connection = await dial(name, address) {
        connections.withLock { $0[name] = connection }
        await withTaskCancellationHandler {
          await connection.closed()
        } onCancel: {
          connection.close()
        }
        connections.withLock { $0[name] = nil }
        if Task.isCancelled { return }
        logger.info("the stream to a peer has ended", metadata: ["peer": "\(name)"])
      }
      // A peer that has no certificate yet takes connections and ends them at once.
      failures = ContinuousClock.now - beginning > .seconds(5) ? 0 : failures + 1
      if failures > 0 {
        try? await Task.sleep(for: .milliseconds(min(1000, 50 * failures)))
      }
    }
    connections.withLock { $0[name] = nil }
  }

  private func dial(_ name: String, _ address: String) async -> MessageConnection? {
    do {
      let identity = PEMIdentity(
        certificatePEM: try certificates.read("streaming_replica.crt"),
        privateKeyPEM: try certificates.read("streaming_replica.key"))
      return try await MessageConnection.open(
        address: address, port: environment.heartbeatPort, identity: identity,
        authorityPEM: try certificates.read("server-ca.crt"), timeout: .seconds(1))
    } catch {
      if let failure = error as? ConnectFailure, failure.isRefused { deliver(.gone(name)) }
      logger.debug("a peer cannot be reached", metadata: ["peer": "\(name)", "error": "\(error)"])
      return nil
    }
  }
}
