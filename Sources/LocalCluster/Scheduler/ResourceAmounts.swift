import Kubernetes

/// Amounts of resources as whole numbers: thousandths of a core for `cpu`, units (bytes) for everything else, as
/// Kubernetes' scheduler counts them.
struct ResourceAmounts: Sendable, Equatable {
  private(set) var amounts: [String: Int] = [:]

  init() {}

  init(_ quantities: [String: Quantity]?) {
    for (name, quantity) in quantities ?? [:] {
      amounts[name] = name == "cpu" ? quantity.milliValue : quantity.wholeValue
    }
  }

  subscript(_ resource: String) -> Int {
    get { amounts[resource] ?? 0 }
    set { amounts[resource] = newValue }
  }

  static func + (left: Self, right: Self) -> Self {
    var sum = left
    for (name, amount) in right.amounts { sum.amounts[name] = saturating(sum[name], amount) }
    return sum
  }

  static func += (left: inout Self, right: Self) { left = left + right }

  /// For each resource the larger amount.
  func union(_ other: Self) -> Self {
    var result = self
    for (name, amount) in other.amounts { result.amounts[name] = Swift.max(result[name], amount) }
    return result
  }

  /// Absurd quantities must make a pod unschedulable, not the scheduler trap.
  private static func saturating(_ left: Int, _ right: Int) -> Int {
    let (sum, overflow) = left.addingReportingOverflow(right)
    return overflow ? .max : sum
  }
}

extension ResourceAmounts {
  /// What a pod asks a node for: its containers together, or the most that its initialization needs at one time, where
  /// init containers with `restartPolicy: Always` (sidecars) keep running beside everything that follows them.
  static func requested(by pod: Pod) -> ResourceAmounts {
    guard let spec = pod.spec else { return ResourceAmounts() }
    var sidecars = ResourceAmounts()
    var initialization = ResourceAmounts()
    for container in spec.initContainers ?? [] {
      let own = requested(by: container.resources)
      if container.restartPolicy == "Always" {
        sidecars += own
        initialization = initialization.union(sidecars)
      } else {
        initialization = initialization.union(sidecars + own)
      }
    }
    let running = spec.containers.reduce(sidecars) { $0 + requested(by: $1.resources) }
    var total = running.union(initialization)
    for (name, amount) in requested(by: spec.resources).amounts { total[name] = amount }
    return total + ResourceAmounts(spec.overhead)
  }

  /// A limit without a request is a request (Kubernetes' defaulting).
  private static func requested(by resources: ResourceRequirements?) -> ResourceAmounts {
    ResourceAmounts(
      resources?.limits?.merging(resources?.requests ?? [:]) { _, request in request } ?? resources?.requests)
  }
}
