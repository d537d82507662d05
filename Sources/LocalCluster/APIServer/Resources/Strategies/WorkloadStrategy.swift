import Kubernetes

/// Deployments and ReplicaSets: a selector that never changes and a template whose labels it selects.
struct WorkloadStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) { fill(&object) }
  func prepareForUpdate(_ object: inout JSON, old: JSON) { fill(&object) }

  private func fill(_ object: inout JSON) {
    guard let template = object[path: ["spec", "template", "spec"]] else { return }
    object[path: ["spec", "template", "spec"]] = PodDefaults.filled(template)
  }

  func validate(_ object: JSON) -> [FieldError] {
    let template = object[path: ["spec", "template"]] ?? [:]
    var errors = PodSpecValidation.errors(template["spec"] ?? [:], "spec.template.spec")
    let labels = template.labels
    guard let selector = try? (object[path: ["spec", "selector"]] ?? [:]).decoded(as: LabelSelector.self) else {
      return errors
    }
    do {
      let selector = try selector.selector()
      if selector.isEmpty {
        errors.append(.invalid("spec.selector", [:], "empty selector is invalid for deployment"))
      } else if !selector.matches(labels) {
        errors.append(
          .invalid(
            "spec.template.metadata.labels", .object(labels.mapValues { .string($0) }),
            "`selector` does not match template `labels`"))
      }
    } catch {
      errors.append(.invalid("spec.selector", object[path: ["spec", "selector"]] ?? [:], "\(error)"))
    }
    if template[path: ["spec", "restartPolicy"]] != "Always" {
      errors.append(
        .notSupported(
          "spec.template.spec.restartPolicy", template[path: ["spec", "restartPolicy"]] ?? "", ["Always"]))
    }
    return errors
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    ImmutableField.errors(["spec", "selector"], object, old)
  }
}

/// Jobs: pods that they know again by a label of the job's uid.
struct JobStrategy: ResourceStrategy {
  func prepareForCreate(_ object: inout JSON) {
    if let template = object[path: ["spec", "template", "spec"]] {
      object[path: ["spec", "template", "spec"]] = PodDefaults.filled(template)
    }
    if object[path: ["spec", "completions"]] == nil, object[path: ["spec", "parallelism"]] == 1 {
      object[path: ["spec", "completions"]] = 1
    }
    guard object[path: ["spec", "manualSelector"]] != true else { return }
    let uid = JSON.string(object.objectUID)
    let labels: [String: JSON] = [
      "batch.kubernetes.io/controller-uid": uid, "controller-uid": uid,
      "batch.kubernetes.io/job-name": .string(object.objectName), "job-name": .string(object.objectName),
    ]
    for (name, value) in labels { object[path: ["spec", "template", "metadata", "labels", name]] = value }
    object[path: ["spec", "selector"]] = ["matchLabels": ["batch.kubernetes.io/controller-uid": uid]]
  }

  func validate(_ object: JSON) -> [FieldError] {
    let spec = object[path: ["spec", "template", "spec"]] ?? [:]
    var errors = PodSpecValidation.errors(spec, "spec.template.spec")
    let policy = spec["restartPolicy"] ?? ""
    if policy != "OnFailure" && policy != "Never" {
      errors.append(
        FieldError(
          "spec.template.spec.restartPolicy", .required, policy, "valid values: \"OnFailure\", \"Never\""))
    }
    return errors
  }

  func warnings(_ object: JSON) -> [String] {
    [
      "backoffLimitPerIndex", "managedBy", "maxFailedIndexes", "podFailurePolicy", "podReplacementPolicy",
      "successPolicy",
    ].filter { object[path: ["spec", $0]] != nil }.map { "spec.\($0): not supported here and not acted on" }
  }

  func validateUpdate(_ object: JSON, old: JSON) -> [FieldError] {
    ["completions", "selector", "template", "completionMode"].flatMap {
      ImmutableField.errors(["spec", $0], object, old)
    }
  }
}

/// A field that creation sets for good.
enum ImmutableField {
  static func errors(_ path: [String], _ object: JSON, _ old: JSON) -> [FieldError] {
    let value = object[path: path] ?? .null
    guard value != old[path: path] ?? .null else { return [] }
    return [.invalid(path.joined(separator: "."), value, "field is immutable")]
  }
}
