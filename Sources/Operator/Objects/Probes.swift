import ClusterAPI
import Kubernetes

extension Blueprint {
  private static let period = 10
  private static let timeout = 5

  var startupProbe: Probe {
    probe("/startupz", spec.probes?.startup) {
      // startDelay 30 gives three probes. Bootstrap, cloning and recovery answer OK, so they never use them up.
      let period = $0.periodSeconds
      $0.failureThreshold = max(1, (spec.startDelay + period - 1) / period)
    }
  }

  var readinessProbe: Probe { probe("/readyz", spec.probes?.readiness) }

  var livenessProbe: Probe {
    probe("/healthz", spec.probes?.liveness) {
      if let timeout = spec.livenessProbeTimeout {
        let period = $0.periodSeconds
        $0.failureThreshold = max(1, (timeout + period - 1) / period)
      }
    }
  }

  /// The defaults, then what follows from other fields, then whatever the user set.
  private func probe(_ path: String, _ user: (any ProbeSettings)?, _ derive: (inout Probe) -> Void = { _ in }) -> Probe {
    .with {
      $0.httpGet = .with {
        $0.path = path
        $0.port = .int(8000)
        $0.scheme = "HTTPS"
      }
      $0.periodSeconds = user?.periodSeconds ?? Self.period
      $0.timeoutSeconds = user?.timeoutSeconds ?? Self.timeout
      derive(&$0)
      if let value = user?.initialDelaySeconds { $0.initialDelaySeconds = value }
      if let value = user?.failureThreshold { $0.failureThreshold = value }
      if let value = user?.successThreshold { $0.successThreshold = value }
      if let value = user?.terminationGracePeriodSeconds { $0.terminationGracePeriodSeconds = value }
    }
  }
}

/// The timings that all three probes of `spec.probes` have in common.
protocol ProbeSettings {
  var initialDelaySeconds: Int? { get }
  var timeoutSeconds: Int? { get }
  var periodSeconds: Int? { get }
  var successThreshold: Int? { get }
  var failureThreshold: Int? { get }
  var terminationGracePeriodSeconds: Int? { get }
}
