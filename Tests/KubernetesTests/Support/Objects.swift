import Synchronization

@testable import Kubernetes

/// A ConfigMap with what caches look at.
func configMap(_ name: String, _ version: Int, uid: String? = nil, value: String? = nil) -> ConfigMap {
  ConfigMap.named(name, in: "demo") {
    $0.metadata.resourceVersion = String(version)
    $0.metadata.uid = uid ?? "uid-\(name)"
    $0.data = ["value": value ?? String(version)]
  }
}

func json(_ object: some APIObject) -> JSON { (try? JSON(encoding: object)) ?? .null }

func list(_ objects: [ConfigMap], version: Int, more: String? = nil) -> JSON {
  var list: JSON = [
    "kind": "ConfigMapList", "apiVersion": "v1", "metadata": ["resourceVersion": .string(String(version))],
    "items": .array(objects.map(json)),
  ]
  if let more { list[path: ["metadata", "continue"]] = .string(more) }
  return list
}

func event(_ type: String, _ object: ConfigMap) -> String {
  JSON.object(["type": .string(type), "object": json(object)]).text
}

/// Lines given at once; `open` keeps the stream open after them.
func lines(_ lines: [String], open: Bool = false) -> AsyncStream<String> {
  AsyncStream { continuation in
    for line in lines { continuation.yield(line) }
    if !open { continuation.finish() }
  }
}

/// Waits until something is true, for at most ten seconds.
func eventually(_ condition: () async -> Bool) async -> Bool {
  let end = ContinuousClock.now + .seconds(10)
  while ContinuousClock.now < end {
    if await condition() { return true }
    try? await Task.sleep(for: .milliseconds(5))
  }
  return false
}

/// Counts how often something happened.
final class Counter: Sendable {
  private let count = Mutex(0)
  var value: Int { count.withLock { $0 } }

  @discardableResult
  func next() -> Int {
    count.withLock { count in
      count += 1
      return count
    }
  }
}
