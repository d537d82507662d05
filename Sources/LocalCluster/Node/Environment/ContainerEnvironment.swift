import Foundation
import Kubernetes

/// The variables of a container: the image's, `envFrom`, `env`, and what Kubernetes adds.
struct ContainerEnvironment {
  enum Failure: Error, Equatable, CustomStringConvertible {
    case missing(kind: String, name: String, namespace: String)
    case missingKey(String, kind: String, name: String, namespace: String)
    case field(PodFields.Failure)
    case unsupported(String)

    var description: String {
      switch self {
      case .missing(let kind, let name, _): "\(kind.lowercased()) \"\(name)\" not found"
      case .missingKey(let key, let kind, let name, let namespace):
        "couldn't find key \(key) in \(kind) \(namespace)/\(name)"
      case .field(let failure): failure.description
      case .unsupported(let what): "\(what) is not supported here"
      }
    }
  }

  let fields: PodFields
  let secret: (_ name: String) -> Secret?
  let configMap: (_ name: String) -> ConfigMap?
  /// Where containers find the API server.
  let apiServer: (host: String, port: Int)
  /// How the container reaches hosts of Azure.
  var azure: AzureAccess?

  /// The container's variables by name.
  ///
  /// - Throws: ``Failure`` naming what is missing; the container waits with `CreateContainerConfigError`.
  func variables(of container: Container, image: LocalImage, user: Int, hostname: String) throws(Failure) -> [String:
    String]
  {
    var result = image.environment
    result["PATH"] = image.path
    result["HOME"] = PodFiles.home(of: user)
    result["HOSTNAME"] = hostname
    var service = serviceVariables
    for source in container.envFrom ?? [] {
      for (key, value) in try all(of: source) { result[(source.prefix ?? "") + key] = value }
    }
    for variable in container.env ?? [] {
      if let source = variable.valueFrom {
        guard let value = try value(of: source, container: container.name) else { continue }
        result[variable.name] = value
      } else {
        let known = result
        result[variable.name] = VariableExpansion.expand(variable.value ?? "") { known[$0] ?? service[$0] }
      }
    }
    service.merge(result) { _, own in own }
    // Last: whether the container has a proxy of its own is known only now.
    if let azure { service.merge(azure.variables(beside: service)) { own, _ in own } }
    return service
  }

  private var serviceVariables: [String: String] {
    let tcp = "tcp://\(apiServer.host):\(apiServer.port)"
    return [
      "KUBERNETES_SERVICE_HOST": apiServer.host, "KUBERNETES_SERVICE_PORT": "\(apiServer.port)",
      "KUBERNETES_SERVICE_PORT_HTTPS": "\(apiServer.port)", "KUBERNETES_PORT": tcp,
    ]
  }

  private func value(of source: EnvVarSource, container: String) throws(Failure) -> String? {
    do throws(PodFields.Failure) {
      if let field = source.fieldRef { return try fields.value(of: field.fieldPath) }
      if let resource = source.resourceFieldRef { return try fields.value(of: resource, container: container) }
    } catch {
      throw .field(error)
    }
    let namespace = fields.pod.namespace
    if let reference = source.secretKeyRef {
      let name = reference.name ?? ""
      guard let secret = secret(name) else {
        if reference.optional == true { return nil }
        throw .missing(kind: "Secret", name: name, namespace: namespace)
      }
      if let value = secret.bytes(of: reference.key) { return String(decoding: value, as: UTF8.self) }
      if reference.optional == true { return nil }
      throw .missingKey(reference.key, kind: "Secret", name: name, namespace: namespace)
    }
    if let reference = source.configMapKeyRef {
      let name = reference.name ?? ""
      guard let map = configMap(name) else {
        if reference.optional == true { return nil }
        throw .missing(kind: "ConfigMap", name: name, namespace: namespace)
      }
      if let value = map.data?[reference.key] { return value }
      if reference.optional == true { return nil }
      throw .missingKey(reference.key, kind: "ConfigMap", name: name, namespace: namespace)
    }
    if source.fileKeyRef != nil { throw .unsupported("env.valueFrom.fileKeyRef") }
    return nil
  }

  private func all(of source: EnvFromSource) throws(Failure) -> [String: String] {
    let namespace = fields.pod.namespace
    if let reference = source.secretRef {
      guard let secret = secret(reference.name ?? "") else {
        if reference.optional == true { return [:] }
        throw .missing(kind: "Secret", name: reference.name ?? "", namespace: namespace)
      }
      var result: [String: String] = [:]
      for key in (secret.data ?? [:]).keys {
        if let value = secret.bytes(of: key) { result[key] = String(decoding: value, as: UTF8.self) }
      }
      return result
    }
    if let reference = source.configMapRef {
      guard let map = configMap(reference.name ?? "") else {
        if reference.optional == true { return [:] }
        throw .missing(kind: "ConfigMap", name: reference.name ?? "", namespace: namespace)
      }
      return map.data ?? [:]
    }
    return [:]
  }
}

extension Secret {
  /// The value of a key; nil where there is none or it is not Base64.
  func bytes(of key: String) -> [UInt8]? {
    guard let text = data?[key], let value = Data(base64Encoded: text) else { return nil }
    return Array(value)
  }
}
