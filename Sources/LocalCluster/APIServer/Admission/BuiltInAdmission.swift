import Kubernetes

extension APICore {
  /// What the API server fills in that depends on other objects: addresses, accounts, the default class.
  func filledByAdmission(
    _ object: JSON, old: JSON?, resource: ResourceDefinition
  ) async throws(StatusError) -> JSON {
    switch resource.storeName {
    case "services": try await addressed(object, old: old)
    case "pods" where old == nil: try withAccount(object)
    case "persistentvolumeclaims" where old == nil: Self.protected(withClass(object))
    default: object
    }
  }

  private func addressed(_ object: JSON, old: JSON?) async throws(StatusError) -> JSON {
    var object = object
    guard object[path: ["spec", "type"]] != "ExternalName" else {
      object[path: ["spec", "clusterIP"]] = nil
      object[path: ["spec", "clusterIPs"]] = nil
      return object
    }
    let wanted = object[path: ["spec", "clusterIP"]]?.stringValue ?? ""
    if wanted != "None", wanted.isEmpty || old?[path: ["spec", "clusterIP"]]?.stringValue != wanted {
      // A changed address is refused by validation; only a new one is taken.
      let had = old?[path: ["spec", "clusterIP"]]?.stringValue ?? ""
      if had.isEmpty {
        object[path: ["spec", "clusterIP"]] = .string(
          try await addresses.take(
            wanted.isEmpty ? nil : wanted, for: object.objectUID, service: object.objectName))
      }
    }
    object[path: ["spec", "clusterIPs"]] = .array([object[path: ["spec", "clusterIP"]] ?? "None"])
    return object
  }

  /// The default class for a claim that names none.
  private func withClass(_ object: JSON) -> JSON {
    guard object[path: ["spec", "storageClassName"]] == nil else { return object }
    let classes = (try? store.list("storageclasses.storage.k8s.io").objects) ?? []
    let isDefault = { (object: JSON) in
      object[path: ["metadata", "annotations", "storageclass.kubernetes.io/is-default-class"]] == "true"
    }
    guard let name = classes.compactMap({ try? $0.value() }).first(where: isDefault)?.objectName else { return object }
    var object = object
    object[path: ["spec", "storageClassName"]] = .string(name)
    return object
  }

  /// From its first moment a claim goes only when nobody uses it any more (admission plugin StorageObjectInUseProtection).
  private static func protected(_ object: JSON) -> JSON {
    let finalizers = object[path: ["metadata", "finalizers"]]?.arrayValue ?? []
    let protection = JSON.string(ClaimStep.claimProtection)
    guard !finalizers.contains(protection) else { return object }
    var object = object
    object[path: ["metadata", "finalizers"]] = .array(finalizers + [protection])
    return object
  }

  // MARK: Pods

  private static let tokenPath = "/var/run/secrets/kubernetes.io/serviceaccount"

  private func withAccount(_ object: JSON) throws(StatusError) -> JSON {
    var object = object
    let name = object[path: ["spec", "serviceAccountName"]]?.stringValue ?? "default"
    object[path: ["spec", "serviceAccountName"]] = .string(name)
    object[path: ["spec", "serviceAccount"]] = .string(name)
    let key = StoreKey("serviceaccounts", namespace: object.objectNamespace, name: name)
    guard let account = try? store.get(key)?.value() else {
      throw .forbidden(
        Pod.resource, object.objectName,
        "error looking up service account \(object.objectNamespace)/\(name): serviceaccount \"\(name)\" not found")
    }
    if object[path: ["spec", "priority"]] == nil { object[path: ["spec", "priority"]] = 0 }
    if object[path: ["spec", "preemptionPolicy"]] == nil {
      object[path: ["spec", "preemptionPolicy"]] = "PreemptLowerPriority"
    }
    object = Self.tolerating(object)
    let automounts =
      object[path: ["spec", "automountServiceAccountToken"]]?.boolValue
      ?? account["automountServiceAccountToken"]?.boolValue ?? true
    if automounts { object = Self.withToken(object) }
    return workloadIdentity?.applied(to: object, account: account) ?? object
  }

  /// A pod stays five minutes on a node that is not ready, unless it says otherwise (admission plugin
  /// DefaultTolerationSeconds).
  private static func tolerating(_ object: JSON) -> JSON {
    var object = object
    var tolerations = object[path: ["spec", "tolerations"]]?.arrayValue ?? []
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
      let isTolerated = tolerations.contains { toleration in
        let own = toleration["key"]?.stringValue ?? ""
        let effect = toleration["effect"]?.stringValue ?? ""
        return (own == key || own.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
      }
      guard !isTolerated else { continue }
      tolerations.append(
        ["key": .string(key), "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300])
    }
    object[path: ["spec", "tolerations"]] = .array(tolerations)
    return object
  }

  /// Mounts the account's token, the cluster's CA and the namespace where client libraries look for them (admission
  /// plugin ServiceAccount).
  private static func withToken(_ object: JSON) -> JSON {
    var object = object
    let volume = ObjectHandler.generatedName("kube-api-access-")
    var isMounted = false
    for list in ["containers", "initContainers"] {
      guard let containers = object[path: ["spec", list]]?.arrayValue else { continue }
      object[path: ["spec", list]] = .array(
        containers.map { container in
          var mounts = container["volumeMounts"]?.arrayValue ?? []
          guard !mounts.contains(where: { $0["mountPath"]?.stringValue == tokenPath }) else { return container }
          mounts.append(["name": .string(volume), "mountPath": .string(tokenPath), "readOnly": true])
          isMounted = true
          var container = container
          container["volumeMounts"] = .array(mounts)
          return container
        })
    }
    guard isMounted else { return object }
    let source: JSON = [
      "defaultMode": 0o644,
      "sources": [
        ["serviceAccountToken": ["expirationSeconds": 3607, "path": "token"]],
        ["configMap": ["name": "kube-root-ca.crt", "items": [["key": "ca.crt", "path": "ca.crt"]]]],
        [
          "downwardAPI": [
            "items": [["path": "namespace", "fieldRef": ["apiVersion": "v1", "fieldPath": "metadata.namespace"]]]
          ]
        ],
      ],
    ]
    let volumes = object[path: ["spec", "volumes"]]?.arrayValue ?? []
    object[path: ["spec", "volumes"]] = .array(volumes + [["name": .string(volume), "projected": source]])
    return object
  }
}
