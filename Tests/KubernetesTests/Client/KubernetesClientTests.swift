import Testing

@testable import Kubernetes

@Suite("The client", .timeLimit(.minutes(1)))
struct KubernetesClientTests {
  @Test("says at which path, with which query and body it wants what")
  func verbs() async throws {
    try await TestServer.with { _ in
      .object(json(configMap("a", 1)))
    } _: { server, client in
      _ = try await client.get(ConfigMap.self, "a", in: "demo")
      _ = try await client.create(configMap("a", 1))
      _ = try await client.replace(configMap("a", 1))
      _ = try await client.patch(
        ConfigMap.self, "a", in: "demo", .strategic(["data": ["x": "y"]]), subresource: "status")
      _ = try await client.apply(configMap("a", 1), manager: "me & you")
      try await client.delete(ConfigMap.self, "a", in: "demo", gracePeriod: 0, propagation: "Foreground", uid: "u")
      _ = try await client.get(Node.resource, "node-1")
      _ = try await client.get(ClusterRole.resource, "system:node/x")
      let requests = server.requests
      #expect(
        requests.map { "\($0.method) \($0.uri)" } == [
          "GET /api/v1/namespaces/demo/configmaps/a", "POST /api/v1/namespaces/demo/configmaps",
          "PUT /api/v1/namespaces/demo/configmaps/a", "PATCH /api/v1/namespaces/demo/configmaps/a/status",
          "PATCH /api/v1/namespaces/demo/configmaps/a?fieldManager=me%20%26%20you&force=true",
          "DELETE /api/v1/namespaces/demo/configmaps/a", "GET /api/v1/nodes/node-1",
          "GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode%2Fx",
        ])
      #expect(requests[3].headers.first(name: "Content-Type") == "application/strategic-merge-patch+json")
      #expect(requests[4].headers.first(name: "Content-Type") == "application/apply-patch+yaml")
      #expect(requests[4].json?["kind"] == "ConfigMap")
      #expect(
        requests[5].json == [
          "apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "propagationPolicy": "Foreground",
          "preconditions": ["uid": "u"],
        ])
      #expect(requests[0].headers.first(name: "User-Agent") == "matriarch")
    }
  }

  @Test("gives the server's refusal with its reason", arguments: [404, 409, 410, 422, 403, 500])
  func refusals(status: Int) async throws {
    let reason = status == 409 ? "AlreadyExists" : "Whatever"
    try await TestServer.with { _ in
      .status(status, reason, "no such luck")
    } _: { server, client in
      let error = await #expect(throws: APIError.self) { try await client.create(configMap("a", 1)) }
      #expect(error?.status == status)
      #expect(error?.reason == reason)
      #expect(error?.message == "no such luck")
      #expect(error?.isAlreadyExists == (status == 409))
      #expect(error?.isConflict == false)
      #expect(server.requests.count == 1)
    }
  }

  @Test("finds nothing where there is nothing")
  func find() async throws {
    try await TestServer.with { _ in
      .status(404, "NotFound")
    } _: { _, client in
      let found = try await client.find(ConfigMap.self, "a", in: "demo")
      #expect(found == nil)
    }
  }

  @Test("refuses names that would make another path", arguments: ["", ".", ".."])
  func badNames(name: String) async throws {
    try await TestServer.with { _ in
      .object([:])
    } _: { server, client in
      await #expect(throws: APIError.self) { try await client.get(ConfigMap.self, name, in: "demo") }
      #expect(server.requests.isEmpty)
    }
  }

  @Test("calls the result of a write unknown when the connection breaks, and does not repeat it")
  func lostConnection() async throws {
    try await TestServer.with { _ in
      .breakConnection
    } _: { server, client in
      let error = await #expect(throws: TransportError.self) { try await client.create(configMap("a", 1)) }
      #expect(error?.kind == .connectionLost)
      #expect(error?.isResultUnknown == true)
      #expect(server.requests.count == 1)
    }
  }

  @Test("reads once more when the connection breaks")
  func lostConnectionWhileReading() async throws {
    let calls = Counter()
    try await TestServer.with { _ in
      calls.next() == 1 ? .breakConnection : .object(json(configMap("a", 1)))
    } _: { server, client in
      let found = try await client.get(ConfigMap.self, "a", in: "demo")
      #expect(found.name == "a")
      #expect(server.requests.count == 2)
    }
  }

  @Test("gives up on a silent server at the deadline, with the result unknown")
  func deadline() async throws {
    try await TestServer.with { _ in
      .silence
    } _: { _, client in
      let start = ContinuousClock.now
      let error = await #expect(throws: TransportError.self) {
        try await client.request(method: "POST", path: "/x", body: [], deadline: .milliseconds(200))
      }
      #expect(error?.kind == .deadlineExceeded)
      #expect(error?.isResultUnknown == true)
      #expect(ContinuousClock.now - start < .seconds(3))
    }
  }

  @Test("knows that nothing happened when the server cannot be reached")
  func unreachable() async throws {
    let client = try KubernetesClient(ClientConfiguration(server: "http://127.0.0.1:1"))
    let error = await #expect(throws: TransportError.self) { try await client.create(configMap("a", 1)) }
    #expect(error?.kind == .unreachable)
    #expect(error?.isResultUnknown == false)
    await client.shutdown()
  }

  @Test("ends at once when its task is cancelled, as cancelled")
  func cancellation() async throws {
    try await TestServer.with { _ in
      .silence
    } _: { server, client in
      let task = Task { try await client.get(ConfigMap.self, "a", in: "demo") }
      #expect(await eventually { server.requests.count == 1 })
      task.cancel()
      await #expect(throws: CancellationError.self) { try await task.value }
    }
  }

  @Test("comes back when the server says when, since then nothing happened")
  func retryAfter() async throws {
    let calls = Counter()
    try await TestServer.with { _ in
      calls.next() == 1
        ? .json(429, [:], headers: [("Retry-After", "1")]) : .object(json(configMap("a", 1)))
    } _: { server, client in
      _ = try await client.create(configMap("a", 1))
      #expect(server.requests.count == 2)
    }
  }

  @Test("says so when the answer is no JSON or not of the type")
  func unreadable() async throws {
    try await TestServer.with {
      $0.path.hasSuffix("/a") ? .object(["metadata": 5]) : .object([])
    } _: { _, client in
      for name in ["a", "b"] {
        let error = await #expect(throws: TransportError.self) {
          try await client.get(ConfigMap.self, name, in: "demo")
        }
        #expect(error?.kind == .unreadableAnswer)
      }
    }
  }

  @Test("lists in pages, and fills in the type that items lack")
  func pages() async throws {
    try await TestServer.with { request in
      var page =
        request.query.contains("continue=next")
        ? list([configMap("b", 2)], version: 7) : list([configMap("a", 1)], version: 7, more: "next")
      page["items"] = .array(
        page["items"]?.arrayValue?.map {
          var item = $0
          item["kind"] = nil
          return item
        } ?? [])
      return .object(page)
    } _: { server, client in
      let list = try await client.list(ConfigMap.self, labels: "a=b", fields: "metadata.name!=x")
      #expect(list.items.map(\.name) == ["a", "b"])
      #expect(list.items.map(\.kind) == ["ConfigMap", "ConfigMap"])
      #expect(list.resourceVersion == "7")
      #expect(
        server.requests.map(\.uri) == [
          "/api/v1/configmaps?labelSelector=a%3Db&fieldSelector=metadata.name%21%3Dx&limit=500",
          "/api/v1/configmaps?labelSelector=a%3Db&fieldSelector=metadata.name%21%3Dx&limit=500&continue=next",
        ])
    }
  }

  @Test("lists in one piece when the pages have expired")
  func expiredPages() async throws {
    try await TestServer.with { request in
      if request.query.contains("continue=") { return .status(410, "Expired") }
      return .object(
        request.query.contains("limit=")
          ? list([configMap("a", 1)], version: 7, more: "next")
          : list([configMap("a", 1), configMap("b", 8)], version: 8))
    } _: { _, client in
      let list = try await client.list(ConfigMap.self)
      #expect(list.items.map(\.name) == ["a", "b"])
      #expect(list.resourceVersion == "8")
    }
  }

  @Test("watches until the server ends the watch")
  func watch() async throws {
    let bookmark = #"{"type":"BOOKMARK","object":{"kind":"ConfigMap","metadata":{"resourceVersion":"9"}}}"#
    try await TestServer.with { _ in
      .lines(lines([event("ADDED", configMap("a", 2)), "", event("DELETED", configMap("a", 3)), bookmark]))
    } _: { server, client in
      var seen: [WatchEvent<ConfigMap>] = []
      for try await event in client.watch(ConfigMap.self, in: "demo", from: "1", timeout: 60) { seen.append(event) }
      #expect(seen == [.added(configMap("a", 2)), .deleted(configMap("a", 3)), .bookmark(resourceVersion: "9")])
      #expect(
        server.requests.map(\.uri) == [
          "/api/v1/namespaces/demo/configmaps?watch=true&allowWatchBookmarks=true&timeoutSeconds=60&resourceVersion=1"
        ])
    }
  }

  @Test("throws gone from a watch whose resource version is too old, before or during it")
  func watchGone() async throws {
    let error = #"{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}"#
    try await TestServer.with {
      $0.query.contains("resourceVersion=1") ? .status(410, "Expired") : .lines(lines([error]))
    } _: { _, client in
      for version in ["1", "2"] {
        let error = await #expect(throws: APIError.self) {
          for try await _ in client.watch(ConfigMap.self, from: version) {}
        }
        #expect(error?.isGone == true)
      }
    }
  }

  @Test("throws from a watch whose connection breaks")
  func watchBreaks() async throws {
    try await TestServer.with { _ in
      .lines(lines([event("ADDED", configMap("a", 2))], open: true))
    } _: { server, client in
      await #expect(throws: TransportError.self) {
        for try await _ in client.watch(ConfigMap.self, from: "1") { server.breakConnections() }
      }
    }
  }

  @Test("follows many watches and still has connections for requests")
  func manyWatches() async throws {
    try await TestServer.with { request in
      request.query.contains("watch=true")
        ? .lines(lines([event("ADDED", configMap("a", 2))], open: true)) : .object(json(configMap("a", 1)))
    } _: { _, client in
      let begun = Counter()
      let watches = Task {
        await withTaskGroup(of: Void.self) { group in
          for _ in 0..<40 {
            group.addTask {
              do {
                for try await _ in client.watch(ConfigMap.self, from: "1") { begun.next() }
              } catch {}
            }
          }
        }
      }
      #expect(await eventually { begun.value == 40 })
      _ = try await client.get(ConfigMap.self, "a", in: "demo")
      watches.cancel()
      await watches.value
    }
  }

  @Test("reads a log line by line, the last one too if it has no newline")
  func log() async throws {
    try await TestServer.with { _ in
      .lines(lines(["one", "two"]))
    } _: { server, client in
      var text: [String] = []
      for try await line in try await client.log(
        ofPod: "db-1", in: "demo", container: "postgres", follow: true, tail: 2)
      {
        text.append(String(decoding: line, as: UTF8.self))
      }
      #expect(text == ["one", "two"])
      #expect(
        server.requests.map(\.uri) == [
          "/api/v1/namespaces/demo/pods/db-1/log?container=postgres&follow=true&tailLines=2"
        ])
    }
  }
}
