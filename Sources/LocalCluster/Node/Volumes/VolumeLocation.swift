import Foundation
import Glibc
import Kubernetes

/// Where a volume that is no payload lies on this machine.
enum VolumeLocation: Sendable, Equatable {
  /// A directory of the pod, below its own or, for `medium: Memory`, below `/dev/shm`.
  case scratch(inMemory: Bool)
  /// A directory that someone else made.
  case existing(path: String, isReadOnly: Bool)
  /// A path of the host; `type` as in `hostPath`.
  case host(path: String, type: String)

  /// - Parameters:
  ///   - volumesDirectory: what every PersistentVolume must be below.
  ///   - stateDirectory: what no `hostPath` may show.
  static func of(
    _ volume: Volume, pod: Pod, volumesDirectory: String, stateDirectory: String,
    claim: (String) -> PersistentVolumeClaim?, persistentVolume: (String) -> PersistentVolume?
  ) throws(VolumeFailure) -> VolumeLocation {
    if let scratch = volume.emptyDir { return .scratch(inMemory: scratch.medium == "Memory") }
    if let source = volume.persistentVolumeClaim {
      return try bound(
        source.claimName, isReadOnly: source.readOnly == true, volumesDirectory: volumesDirectory, claim: claim,
        persistentVolume: persistentVolume)
    }
    if volume.ephemeral != nil {
      let name = "\(pod.name)-\(volume.name)"
      // Somebody else's claim of that name must not be used (generic ephemeral volumes, "PersistentVolumeClaim naming").
      if let claim = claim(name), claim.metadata.ownerReferences?.contains(where: { $0.uid == pod.uid }) != true {
        throw .claimUnbound("\(name)\" (which was not made for this pod) or \"\(name)")
      }
      return try bound(
        name, isReadOnly: false, volumesDirectory: volumesDirectory, claim: claim, persistentVolume: persistentVolume)
    }
    if let source = volume.hostPath {
      let path = standardized(source.path)
      guard source.path.hasPrefix("/") else { throw .badPath(source.path) }
      guard !isInside(path, stateDirectory), !isInside(stateDirectory, path) else {
        throw .unsupported("a hostPath that shows the cluster's own state (\(source.path))")
      }
      return .host(path: path, type: source.type)
    }
    throw .unsupported("the volume \"\(volume.name)\" (\(Self.kind(of: volume)))")
  }

  private static func bound(
    _ name: String, isReadOnly: Bool, volumesDirectory: String, claim: (String) -> PersistentVolumeClaim?,
    persistentVolume: (String) -> PersistentVolume?
  ) throws(VolumeFailure) -> VolumeLocation {
    guard let claim = claim(name), claim.status?.phase == "Bound", let volumeName = claim.spec?.volumeName else {
      throw .claimUnbound(name)
    }
    guard let volume = persistentVolume(volumeName), let path = volume.spec?.local?.path ?? volume.spec?.hostPath?.path
    else { throw .volumeLost(claim: name, volume: volumeName) }
    let real = standardized(path)
    guard path.hasPrefix("/"), isInside(real, volumesDirectory) else {
      throw .outside(path, directory: volumesDirectory)
    }
    return .existing(path: real, isReadOnly: isReadOnly)
  }

  /// Without `.`, `..` and doubled slashes; symbolic links are not followed.
  private static func standardized(_ path: String) -> String {
    var parts: [Substring] = []
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { parts = parts.dropLast() } else { parts.append(part) }
    }
    return "/" + parts.joined(separator: "/")
  }

  private static func isInside(_ path: String, _ directory: String) -> Bool {
    let directory = standardized(directory)
    return path == directory || path.hasPrefix(directory == "/" ? "/" : directory + "/")
  }

  /// The name of the volume's source, for messages.
  private static func kind(of volume: Volume) -> String {
    guard case .object(let members)? = try? JSON(encoding: volume) else { return "no source" }
    return members.keys.filter { $0 != "name" }.sorted().first ?? "no source"
  }
}
