import Foundation
import Glibc
import Kubernetes
import Processes

/// The volumes of one pod on this machine: makes them, keeps those that come from objects up to date, and says where
/// they are.
struct PodVolumes: Sendable {
  struct Mounted: Sendable, Equatable {
    var path: String
    var isReadOnly = false
  }

  let context: PodContext
  let directory: PodDirectory
  private var tokens = PodTokens()
  private var payloads: [String: VolumePayload] = [:]
  private(set) var mounted: [String: Mounted] = [:]

  init(_ context: PodContext, _ directory: PodDirectory) {
    self.context = context
    self.directory = directory
  }

  var nextRenewal: Date? { tokens.nextRenewal }

  /// Makes all volumes of the pod, and brings files of Secrets, ConfigMaps, fields and tokens up to date.
  ///
  /// - Throws: ``VolumeFailure`` for the first volume that cannot be made.
  mutating func update(for pod: Pod, fields: PodFields) async throws {
    try await renewTokens(for: pod)
    for volume in pod.spec?.volumes ?? [] {
      if let payload = try VolumePayload.of(volume, sources(pod, fields)) {
        try await write(payload, volume.name)
      } else if mounted[volume.name] == nil {
        mounted[volume.name] = try await locate(volume, pod)
      }
    }
  }

  private mutating func renewTokens(for pod: Pod) async throws {
    let now = Date()
    let requests = PodTokens.requests(of: pod.spec ?? PodSpec())
    for request in tokens.due(requests, now: now) {
      do {
        tokens.note(try await context.interface.issueToken(request, pod), for: request)
      } catch {
        // One that still holds is better than none; the renewal is tried again with the next pass.
        guard let known = tokens.tokens[request], known.expiry > now else { throw VolumeFailure.token("\(error)") }
      }
    }
  }

  private func sources(_ pod: Pod, _ fields: PodFields) -> VolumePayload.Sources {
    let interface = context.interface
    let tokens = tokens.tokens
    return VolumePayload.Sources(
      fields: fields,
      secret: { interface.secret(pod.namespace, $0) },
      configMap: { interface.configMap(pod.namespace, $0) },
      token: { projection throws(VolumeFailure) in
        guard let token = tokens[.init(projection)] else { throw .token("none was issued yet") }
        return token.text
      })
  }

  private mutating func write(_ payload: VolumePayload, _ name: String) async throws {
    guard payloads[name] != payload else { return }
    let path = directory.volume(name)
    try await Blocking.run { _ = try AtomicDirectory.write(payload, to: path) }
    payloads[name] = payload
    // The kubelet mounts such volumes read-only, whatever the mount says.
    mounted[name] = Mounted(path: path, isReadOnly: true)
  }

  private func locate(_ volume: Volume, _ pod: Pod) async throws -> Mounted {
    let interface = context.interface
    let location = try VolumeLocation.of(
      volume, pod: pod, volumesDirectory: context.settings.volumesDirectory,
      stateDirectory: context.settings.clusterDirectory, claim: { interface.claim(pod.namespace, $0) },
      persistentVolume: interface.persistentVolume)
    let directory = directory
    return try await Blocking.run { () throws in
      switch location {
      case .scratch(let inMemory):
        if inMemory {
          // Everybody can reach /dev/shm, and the volume itself is open to all users of the pod.
          try Directories.create(directory.memory, mode: 0o700)
        }
        let path = inMemory ? "\(directory.memory)/\(volume.name)" : directory.volume(volume.name)
        try Directories.create(path, mode: 0o777)
        return Mounted(path: path)
      case .existing(let path, let isReadOnly):
        guard access(path, F_OK) == 0 else { throw VolumeFailure.notThere(path) }
        return Mounted(path: path, isReadOnly: isReadOnly)
      case .host(let path, let type):
        if access(path, F_OK) != 0 {
          switch type {
          case "DirectoryOrCreate": try Directories.create(path, mode: 0o755)
          case "FileOrCreate": try Directories.write([], to: path, mode: 0o644)
          default: throw VolumeFailure.notThere(path)
          }
        }
        return Mounted(path: path)
      }
    }
  }

  /// The mounts of one container.
  func mounts(of container: Container, variables: [String: String]) async throws -> [ContainerSandbox.Mount] {
    let mounted = mounted
    return try await Blocking.run {
      try (container.volumeMounts ?? []).map { mount in
        guard let volume = mounted[mount.name] else {
          throw VolumeFailure.unsupported("the mount of \"\(mount.name)\", which is no volume of the pod,")
        }
        var path = volume.path
        let subPath = mount.subPathExpr.map { VariableExpansion.expand($0) { variables[$0] } } ?? mount.subPath ?? ""
        if !subPath.isEmpty { path = try Self.resolve(subPath, in: path) }
        return ContainerSandbox.Mount(
          host: path, container: mount.mountPath, isReadOnly: volume.isReadOnly || mount.readOnly == true)
      }
    }
  }

  /// A path inside of a volume, made if it is not there. A container can put a symbolic link into its volume that leads
  /// out of it, therefore the result is compared with the volume's own real path.
  private static func resolve(_ subPath: String, in volume: String) throws -> String {
    guard RelativePath.isInside(subPath) else { throw VolumeFailure.badPath(subPath) }
    let path = "\(volume)/\(subPath)"
    if access(path, F_OK) != 0 { try Directories.create(path, mode: 0o755) }
    guard let root = realPath(volume), let real = realPath(path), real == root || real.hasPrefix(root + "/") else {
      throw VolumeFailure.badPath(subPath)
    }
    return real
  }

  private static func realPath(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}
