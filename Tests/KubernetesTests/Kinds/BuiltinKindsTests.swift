import Testing

@testable import Kubernetes

@Suite("The built-in kinds")
struct BuiltinKindsTests {
  @Test("are each there once")
  func unique() {
    let kinds = (BuiltinKinds.all + BuiltinKinds.ofSubresources).map { "\($0.resource.apiVersion)/\($0.resource.kind)" }
    #expect(Set(kinds).count == kinds.count)
    let plurals = BuiltinKinds.all.map { "\($0.resource.group)/\($0.resource.plural)" }
    #expect(Set(plurals).count == plurals.count)
  }

  @Test("declare type, kind and metadata, and a status where they have that subresource")
  func shape() {
    for kind in BuiltinKinds.all {
      #expect(kind.schema.properties["apiVersion"]?.type == .string, "\(kind.resource.kind)")
      #expect(kind.schema.properties["kind"]?.type == .string, "\(kind.resource.kind)")
      #expect(kind.schema.properties["metadata"]?.properties["name"] != nil, "\(kind.resource.kind)")
      if kind.hasStatus { #expect(kind.schema.properties["status"] != nil, "\(kind.resource.kind)") }
      if kind.hasScale { #expect(kind.schema.properties["spec"]?.properties["replicas"] != nil) }
    }
  }

  @Test("name the merge key of each list map among the element's fields, and keys are required or have a default")
  func mergeKeys() {
    func check(_ schema: Schema, _ path: String) {
      if case .map(let keys) = schema.listType, let element = schema.items?.schema, element != .anything {
        for key in keys {
          #expect(element.properties[key] != nil, "\(path) has no \(key)")
          let isCertain = element.required.contains(key) || element.properties[key]?.defaultValue != nil
          // These two Kubernetes itself declares with an optional key.
          #expect(
            isCertain || path.hasSuffix("imagePullSecrets") || path.hasSuffix("secrets"), "\(path) may lack \(key)")
        }
      }
      if let key = schema.patchMergeKey, let element = schema.items?.schema, element != .anything {
        #expect(element.properties[key] != nil, "\(path) has no merge key \(key)")
      }
      for (name, property) in schema.properties { check(property, "\(path).\(name)") }
      if let items = schema.items?.schema { check(items, "\(path)[]") }
    }
    for kind in BuiltinKinds.all { check(kind.schema, kind.resource.kind) }
  }

  @Test("fill in what Kubernetes fills into a pod")
  func podDefaults() throws {
    let text = #"""
      {"metadata":{"name":"a"},"spec":{"containers":[{"name":"postgres","image":"x","ports":[{"containerPort":5432}],
       "readinessProbe":{"httpGet":{"port":"status"}}}],"volumes":[{"name":"s","secret":{"secretName":"s"}}]}}
      """#
    let pod = try JSON(parsing: text).decoded(as: Pod.self)
    let spec = try #require(pod.spec)
    #expect(spec.restartPolicy == "Always")
    #expect(spec.dnsPolicy == "ClusterFirst")
    #expect(spec.terminationGracePeriodSeconds == 30)
    #expect(spec.schedulerName == "default-scheduler")
    let container = try #require(spec.containers.first)
    #expect(container.ports?.first?.protocol == "TCP")
    #expect(container.terminationMessagePath == "/dev/termination-log")
    #expect(container.imagePullPolicy == nil)
    let probe = try #require(container.readinessProbe)
    #expect(
      (probe.timeoutSeconds, probe.periodSeconds, probe.successThreshold, probe.failureThreshold) == (1, 10, 1, 3))
    #expect(probe.httpGet?.scheme == "HTTP")
    #expect(probe.httpGet?.port == .string("status"))
    #expect(spec.volumes?.first?.secret?.defaultMode == 420)
  }

  @Test("fill in a deployment's strategy only where there is none")
  func deploymentDefaults() throws {
    let start = #"{"metadata":{"name":"a"},"spec":{"selector":{},"template":{}"#
    let plain = try JSON(parsing: start + "}}").decoded(as: Deployment.self)
    #expect(plain.spec?.replicas == 1)
    #expect(plain.spec?.strategy.type == "RollingUpdate")
    #expect(plain.spec?.strategy.rollingUpdate?.maxSurge == .string("25%"))
    let recreate = try JSON(parsing: start + #","strategy":{"type":"Recreate"}}}"#).decoded(as: Deployment.self)
    #expect(recreate.spec?.strategy.rollingUpdate == nil)
  }
}
