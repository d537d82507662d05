import ClusterAPI
import Kubernetes

extension Blueprint {
  private static let period = 10
  private static let timeout = 5

  var startupProbe: Probe {
    probe("/startupz", spec.probes?.startup) { probe in
      // startDelay 30 gives three probes. Bootstrap, cloning and recovery answer OK, so they never use them up.
      let period = max(1, probe.periodSeconds)
      probe.failureThreshold = periods(of: period, in: spec.startDelay)
    }
  }

  var readinessProbe: Probe { probe("/readyz", spec.probes?.readiness) }

  var livenessProbe: Probe {
    probe("/healthz", spec.probes?.liveness) { probe in
      if let timeout = spec.livenessProbeTimeout {
        let period = max(1, probe.periodSeconds)
        probe.failureThreshold = periods(of: period, in: timeout)
      }
    }
  }

  /// How many probes it takes until the seconds are over.
  private func periods(of period: Int, in seconds: Int) -> Int {
    max(1, seconds / period + (seconds % period > 0 ? 1 : 0))
  }

  /// The defaults, then what follows from other fields, then whatever the user set.
  private func probe(_ path: String, _ user: (any ProbeSettings)?, _ derive: (inout Probe) -> Void = { _ in }) -> Probe
  {
    var probe = Probe()
    probe.httpGet = .with {
      $0.path = path
      $0.port = .int(8000)
      $0.scheme = "HTTPS"
    }
    probe.periodSeconds = user?.periodSeconds ?? Self.period
    probe.timeoutSeconds = user?.timeoutSeconds ?? Self.timeout
    derive(&probe)
    if let value = user?.initialDelaySeconds { probe.initialDelaySeconds = value }
    if let value = user?.failureThreshold { probe.failureThreshold = value }
    if let value = user?.successThreshold { probe.successThreshold = value }
    if let value = user?.terminationGracePeriodSeconds { probe.terminationGracePeriodSeconds = value }
    return probe
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

extension StrategyProbe: ProbeSettings {}
extension LivenessProbe: ProbeSettings {}
