import Foundation
import Kubernetes
import Web

extension ObjectHandler {
  /// Subresources that belong to one kind.
  func respondForSubresource(_ subresource: String) async throws(StatusError) -> HTTPResponse {
    switch (resource.storeName, subresource) {
    case ("pods", "binding"): return try await bind()
    case ("pods", "eviction"): return try await evict()
    case ("pods", "log"): return try await log()
    case ("pods", "exec"), ("pods", "attach"): return try await stream(subresource)
    case ("pods", "proxy"): return try await proxyToPod()
    case ("services", "proxy"): return try await proxyToService()
    case ("serviceaccounts", "token"): return try await token()
    case ("namespaces", "finalize"): return try await finalize()
    default: throw .noSuchPath
    }
  }

  func subresourceBody() async throws(StatusError) -> JSON {
    guard request.verb == .create else { throw .methodNotAllowed }
    return try BodyParsing.object(
      try await request.body(), contentType: request.http.headers.first(name: "Content-Type")
    ) { _ in }
  }

  func success(status: Int = 201) -> HTTPResponse {
    let answer: JSON = ["apiVersion": "v1", "kind": "Status", "metadata": [:], "status": "Success"]
    return .json(answer.serialized(), status: status)
  }

  /// Puts a pod on a node: the scheduler's one write.
  private func bind() async throws(StatusError) -> HTTPResponse {
    let body = try await subresourceBody()
    let name = try name()
    guard let node = body[path: ["target", "name"]]?.stringValue, !node.isEmpty else {
      throw .invalid(Binding.resource, name, [.required("target.name")])
    }
    let uid = body[path: ["metadata", "uid"]]
    _ = try await change(name, .merged(subresource: "binding")) { old throws(StatusError) in
      guard old.deletionTimestamp == nil else {
        throw .conflict(type, name, "pod \(name) is being deleted, cannot be assigned to a host")
      }
      if let present = old[path: ["spec", "nodeName"]]?.stringValue, !present.isEmpty {
        throw .conflict(type, name, "pod \(name) is already assigned to node \"\(present)\"")
      }
      var new = old
      new[path: ["metadata", "uid"]] = uid
      new[path: ["spec", "nodeName"]] = .string(node)
      let conditions = (old[path: ["status", "conditions"]]?.arrayValue ?? []).filter { $0["type"] != "PodScheduled" }
      new[path: ["status", "conditions"]] = .array(
        conditions + [
          [
            "type": "PodScheduled", "status": "True",
            "lastTransitionTime": .string(Timestamp.seconds()),
          ]
        ])
      return new
    }
    return success()
  }

  /// Replaces the finalizers of a namespace: how the namespace controller says that it is empty.
  private func finalize() async throws(StatusError) -> HTTPResponse {
    guard request.verb == .update else { throw .methodNotAllowed }
    let body = try await decodedBody()
    let changed = try await change(try name(), .merged(subresource: "finalize")) { old in
      var new = old
      new[path: ["spec", "finalizers"]] = body[path: ["spec", "finalizers"]]
      new[path: ["metadata", "resourceVersion"]] = body[path: ["metadata", "resourceVersion"]]
      return new
    }
    return try answer(changed)
  }

  /// Issues a token for a service account (TokenRequest).
  private func token() async throws(StatusError) -> HTTPResponse {
    let body = try await subresourceBody()
    let name = try name()
    let stored = try value(try find(name))
    let request: TokenRequest
    let account: ServiceAccount
    do {
      var filled = body
      // Go's clients send the empty answer along with the question.
      filled["status"] = nil
      if filled[path: ["spec", "audiences"]] == nil { filled[path: ["spec", "audiences"]] = [] }
      if filled["metadata"] == nil { filled["metadata"] = [:] }
      request = try filled.decoded(as: TokenRequest.self)
      account = try stored.decoded(as: ServiceAccount.self)
    } catch {
      throw .badRequest("TokenRequest could not be read: \(error)")
    }
    let seconds = request.spec.expirationSeconds
    guard (600...(1 << 32)).contains(seconds) else {
      throw .invalid(
        TokenRequest.resource, "",
        [.invalid("spec.expirationSeconds", .int(Int64(seconds)), "may not specify a duration less than 10 minutes")])
    }
    let pod = try boundPod(request.spec.boundObjectRef)
    let node = pod?.spec?.nodeName.flatMap { core.find(Node.self, $0) }
    do {
      let (token, expiration) = try await core.tokens.issue(
        account: account, pod: pod, node: node, audiences: request.spec.audiences, lifetime: seconds)
      var answer = body
      answer["apiVersion"] = "authentication.k8s.io/v1"
      answer["kind"] = "TokenRequest"
      answer[path: ["metadata", "name"]] = .string(name)
      answer[path: ["metadata", "namespace"]] = .string(namespace)
      answer["status"] = ["token": .string(token), "expirationTimestamp": .string(Timestamp.seconds(expiration))]
      return .json(answer.serialized(), status: 201)
    } catch {
      throw .internalError("the token could not be signed: \(error)")
    }
  }

  private func boundPod(_ reference: BoundObjectReference?) throws(StatusError) -> Pod? {
    guard let reference else { return nil }
    guard reference.kind == "Pod" else {
      throw .invalid(
        TokenRequest.resource, "",
        [.notSupported("spec.boundObjectRef.kind", .string(reference.kind ?? ""), ["Pod"])])
    }
    let name = reference.name ?? ""
    guard let pod = core.find(Pod.self, name, in: namespace) else { throw .notFound(Pod.resource, name) }
    if let uid = reference.uid, !uid.isEmpty, uid != pod.uid {
      throw .conflict(
        Pod.resource, name,
        "the UID in the bound object reference (\(uid)) does not match the UID in record. "
          + "The object might have been deleted and then recreated")
    }
    return pod
  }
}
