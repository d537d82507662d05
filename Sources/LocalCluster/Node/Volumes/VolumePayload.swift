import Foundation
import Kubernetes

/// The files of a volume that comes from objects of the API: a pure function of these objects.
struct VolumePayload: Sendable, Equatable {
  struct File: Sendable, Equatable {
    var bytes: [UInt8]
    var mode: mode_t
  }

  /// By path below the volume.
  var files: [String: File] = [:]

  /// What a payload is made from.
  struct Sources {
    var fields: PodFields
    var secret: (_ name: String) -> Secret?
    var configMap: (_ name: String) -> ConfigMap?
    var token: (ServiceAccountTokenProjection) throws(VolumeFailure) -> String
  }

  /// - Returns: nil for a volume of another kind.
  static func of(_ volume: Volume, _ sources: Sources) throws(VolumeFailure) -> VolumePayload? {
    var payload = VolumePayload()
    if let secret = volume.secret {
      try payload.add(
        secret: secret.secretName, items: secret.items, optional: secret.optional, mode: secret.defaultMode, sources)
    } else if let map = volume.configMap {
      try payload.add(configMap: map.name, items: map.items, optional: map.optional, mode: map.defaultMode, sources)
    } else if let fields = volume.downwardAPI {
      try payload.add(fields: fields.items, mode: fields.defaultMode, sources)
    } else if let projected = volume.projected {
      for source in projected.sources ?? [] { try payload.add(source, mode: projected.defaultMode, sources) }
    } else {
      return nil
    }
    return payload
  }

  private mutating func add(_ source: VolumeProjection, mode: Int, _ sources: Sources) throws(VolumeFailure) {
    if let secret = source.secret {
      try add(secret: secret.name, items: secret.items, optional: secret.optional, mode: mode, sources)
    }
    if let map = source.configMap {
      try add(configMap: map.name, items: map.items, optional: map.optional, mode: mode, sources)
    }
    if let fields = source.downwardAPI { try add(fields: fields.items, mode: mode, sources) }
    if let token = source.serviceAccountToken {
      // The kubelet keeps tokens to their owner unless a mode or an fsGroup says more; there is one user here.
      try add(Array(try sources.token(token).utf8), at: token.path, mode: mode & 0o600)
    }
    if source.clusterTrustBundle != nil { throw .unsupported("projected.sources.clusterTrustBundle") }
    if source.podCertificate != nil { throw .unsupported("projected.sources.podCertificate") }
  }

  private mutating func add(
    secret name: String?, items: [KeyToPath]?, optional: Bool?, mode: Int, _ sources: Sources
  ) throws(VolumeFailure) {
    let name = name ?? ""
    guard let secret = sources.secret(name) else {
      if optional == true { return }
      throw .missing(kind: "Secret", name: name, namespace: sources.fields.pod.namespace)
    }
    try add(
      keys: Array((secret.data ?? [:]).keys), items: items, optional: optional, mode: mode, kind: "Secret", name: name,
      value: secret.bytes)
  }

  private mutating func add(
    configMap name: String?, items: [KeyToPath]?, optional: Bool?, mode: Int, _ sources: Sources
  ) throws(VolumeFailure) {
    let name = name ?? ""
    guard let map = sources.configMap(name) else {
      if optional == true { return }
      throw .missing(kind: "ConfigMap", name: name, namespace: sources.fields.pod.namespace)
    }
    let keys = Array((map.data ?? [:]).keys) + Array((map.binaryData ?? [:]).keys)
    try add(keys: keys, items: items, optional: optional, mode: mode, kind: "ConfigMap", name: name) { key in
      map.data?[key].map { Array($0.utf8) } ?? map.binaryData?[key].flatMap { Data(base64Encoded: $0) }.map(Array.init)
    }
  }

  private mutating func add(
    keys: [String], items: [KeyToPath]?, optional: Bool?, mode: Int, kind: String, name: String,
    value: (String) -> [UInt8]?
  ) throws(VolumeFailure) {
    guard let items, !items.isEmpty else {
      for key in keys { if let bytes = value(key) { try add(bytes, at: key, mode: mode) } }
      return
    }
    for item in items {
      if let bytes = value(item.key) {
        try add(bytes, at: item.path, mode: item.mode ?? mode)
      } else if optional != true {
        throw .missingKey(item.key, kind: kind, name: name)
      }
    }
  }

  private mutating func add(fields items: [DownwardAPIVolumeFile]?, mode: Int, _ sources: Sources) throws(VolumeFailure)
  {
    for item in items ?? [] {
      let text: String
      do {
        if let field = item.fieldRef {
          text = try sources.fields.value(of: field.fieldPath)
        } else if let resource = item.resourceFieldRef {
          text = try sources.fields.value(of: resource, container: resource.containerName ?? "")
        } else {
          continue
        }
      } catch {
        throw .field("\(error)")
      }
      try add(Array(text.utf8), at: item.path, mode: item.mode ?? mode)
    }
  }

  private mutating func add(_ bytes: [UInt8], at path: String, mode: Int) throws(VolumeFailure) {
    guard RelativePath.isInside(path) else { throw .badPath(path) }
    files[path] = File(bytes: bytes, mode: mode_t(truncatingIfNeeded: mode & 0o777))
  }
}

/// Paths that a manifest gives below something.
enum RelativePath {
  /// Relative, not empty, and without a way out.
  static func isInside(_ path: String) -> Bool {
    !path.isEmpty && !path.hasPrefix("/") && !path.utf8.contains(0)
      && !path.split(separator: "/", omittingEmptySubsequences: false).contains { $0 == ".." || $0.isEmpty }
  }
}
