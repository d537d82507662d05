import ClusterAPI
import Kubernetes

extension Blueprint {
  /// Instances keep apart (by default: prefer different hosts); the user's own terms are added.
  var affinity: Affinity? {
    let configured = spec.affinity
    var antiAffinity = configured?.additionalPodAntiAffinity
    if configured?.enablePodAntiAffinity != false {
      let term = PodAffinityTerm.with {
        $0.topologyKey = configured?.topologyKey ?? "kubernetes.io/hostname"
        $0.labelSelector = .with {
          $0.matchExpressions = [
            expression(Labels.cluster, name), expression(Labels.podRole, PodRole.instance.rawValue),
          ]
        }
      }
      var own = antiAffinity ?? PodAntiAffinity()
      if configured?.podAntiAffinityType == "required" {
        own.requiredDuringSchedulingIgnoredDuringExecution =
          [term] + (own.requiredDuringSchedulingIgnoredDuringExecution ?? [])
      } else {
        let weighted = WeightedPodAffinityTerm.with {
          $0.weight = 100
          $0.podAffinityTerm = term
        }
        own.preferredDuringSchedulingIgnoredDuringExecution =
          [weighted] + (own.preferredDuringSchedulingIgnoredDuringExecution ?? [])
      }
      antiAffinity = own
    }
    let affinity = Affinity.with {
      $0.podAntiAffinity = antiAffinity
      $0.podAffinity = configured?.additionalPodAffinity
      $0.nodeAffinity = configured?.nodeAffinity
    }
    return affinity == Affinity() ? nil : affinity
  }

  private func expression(_ key: String, _ value: String) -> LabelSelectorRequirement {
    .with {
      $0.key = key
      $0.operator = "In"
      $0.values = [value]
    }
  }
}
