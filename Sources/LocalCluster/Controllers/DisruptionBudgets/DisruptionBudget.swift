import Kubernetes

/// A PodDisruptionBudget's arithmetic.
enum DisruptionBudget {
  /// Numbers of the budget's status.
  struct Numbers: Sendable, Equatable {
    var expectedPods: Int
    var currentHealthy: Int
    var desiredHealthy: Int
    var disruptionsAllowed: Int
  }

  /// - Parameters:
  ///   - pods: those that the selector matches and that have not ended.
  ///   - expected: how many their controllers want together; nil where that is not known, as for pods without one.
  ///   - disrupted: names of pods whose eviction was granted a moment ago and which are not gone yet.
  /// - Returns: nil where the budget is relative to a number that is not known.
  static func numbers(
    of spec: PodDisruptionBudgetSpec, pods: [Pod], expected: Int?, disrupted: Set<String> = []
  ) -> Numbers? {
    let healthy = pods.count { $0.isReady && !$0.isBeingDeleted && !disrupted.contains($0.name) }
    let expectedPods: Int
    let desired: Int
    switch (spec.maxUnavailable, spec.minAvailable) {
    case (let most?, _):
      guard let expected, let unavailable = most.resolved(of: expected, roundingUp: true) else { return nil }
      expectedPods = expected
      desired = max(0, expected - unavailable)
    case (nil, .int(let least)?):
      expectedPods = pods.count
      desired = max(0, least)
    case (nil, let least?):
      guard let expected, let available = least.resolved(of: expected, roundingUp: true) else { return nil }
      expectedPods = expected
      desired = available
    case (nil, nil):
      // Kubernetes' default is minAvailable 1.
      expectedPods = pods.count
      desired = 1
    }
    // Kubernetes allows nothing where no pod is expected.
    let allowed = expectedPods == 0 ? 0 : max(0, healthy - desired)
    return Numbers(
      expectedPods: expectedPods, currentHealthy: healthy, desiredHealthy: desired, disruptionsAllowed: allowed)
  }
}

extension IntOrString {
  /// The number itself, or the percentage of `total`. Nil for a text that is no percentage.
  func resolved(of total: Int, roundingUp: Bool) -> Int? {
    switch self {
    case .int(let number): return max(0, number)
    case .string(let text):
      guard text.hasSuffix("%"), let percent = Int(text.dropLast()), (0...1_000_000).contains(percent) else {
        return nil
      }
      let product = total.multipliedReportingOverflow(by: percent)
      guard !product.overflow else { return nil }
      return product.partialValue / 100 + (roundingUp && product.partialValue % 100 > 0 ? 1 : 0)
    }
  }
}
