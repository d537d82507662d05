import Kubernetes

/// The rules that one backup and a schedule of backups share.
private struct BackupRequest {
  let method: BackupMethod
  let online: Bool?
  let onlineConfiguration: OnlineConfiguration?
  /// How the messages call `spec.method`.
  let methodName: String

  func problems(_ context: ValidationContext) -> [FieldError] {
    var errors: [FieldError] = []
    if method == .volumeSnapshot && !context.hasVolumeSnapshots {
      let detail =
        "Cannot use volumeSnapshot backup method due to missing VolumeSnapshot CRD. If you installed the CRD after "
        + "having started the operator, please restart it to enable VolumeSnapshot support"
      errors.append(.invalid("spec.method", method.rawValue, detail))
    }
    guard method == .barmanObjectStore else { return errors }
    let condition = "parameter can be specified only if the \(methodName) is volumeSnapshot"
    if let online { errors.append(.invalid("spec.online", .bool(online), "Online \(condition)")) }
    if let onlineConfiguration {
      let detail = "OnlineConfiguration \(condition)"
      errors.append(.invalid("spec.onlineConfiguration", structure: onlineConfiguration, detail))
    }
    return errors
  }

  /// Methods that are accepted, and whose backups fail.
  var warnings: [String] {
    method == .barmanObjectStore
      ? []
      : ["spec.method \(method.rawValue) is accepted but not acted on yet: the backup fails. Use barmanObjectStore."]
  }
}

extension Backup: ValidatedObject {
  private var request: BackupRequest {
    BackupRequest(
      method: spec.method, online: spec.online, onlineConfiguration: spec.onlineConfiguration,
      methodName: "backup method")
  }

  public func problems(_ context: ValidationContext) -> [FieldError] {
    let deadline = annotations[Annotations.volumeSnapshotDeadline] ?? ""
    return request.problems(context)
      + .when(
        spec.method == .plugin && (spec.pluginConfiguration?.name).isNilOrEmpty,
        .invalid("spec.pluginConfiguration", .null, "cannot be empty when the backup method is plugin"))
      + .when(
        !deadline.isEmpty && Int(deadline) == nil,
        .invalid("metadata.annotations.\(Annotations.volumeSnapshotDeadline)", deadline, "must be an integer"))
  }

  public func warnings(_ context: ValidationContext) -> [String] { request.warnings }
}

extension ScheduledBackup: ValidatedObject {
  private var request: BackupRequest {
    BackupRequest(
      method: spec.method, online: spec.online, onlineConfiguration: spec.onlineConfiguration, methodName: "method")
  }

  public func problems(_ context: ValidationContext) -> [FieldError] {
    var errors: [FieldError] = []
    do {
      _ = try CronSchedule(spec.schedule)
    } catch {
      errors.append(.invalid("spec.schedule", spec.schedule, error.message))
    }
    return errors + request.problems(context)
  }

  public func warnings(_ context: ValidationContext) -> [String] {
    let fields = spec.schedule.split(whereSeparator: \.isWhitespace).count
    let isOdd = fields != 6 && (try? CronSchedule(spec.schedule)) != nil
    return
      (isOdd
      ? ["Schedule parameter may not have the right number of arguments (usually six arguments are needed)"] : [])
      + request.warnings
  }
}
