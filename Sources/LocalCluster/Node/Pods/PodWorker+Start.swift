import Foundation
import Kubernetes
import Processes

/// Starting containers, and what may stand in the way.
extension PodWorker {
  /// Starts the next run of a container, or notes why not and when to try again.
  func start(_ name: String) async {
    guard let container = container(name) else { return }
    do {
      try await startRun(container)
      mountFailure = nil
      imagePauses[name] = nil
    } catch let error as ImageError {
      let pause = imagePauses[name].map { min($0 * 2, RestartBackoff.maximum) } ?? RestartBackoff.initial
      // Reported under its own name first, then as the waiting that follows from it.
      let isFirst = imagePauses[name] == nil
      imagePauses[name] = pause
      context.interface.event(pod, true, "Failed", "Failed to pull image \"\(container.image ?? "")\": \(error)")
      let reason = isFirst || error.reason == "InvalidImageName" ? error.reason : "ImagePullBackOff"
      note(name, reason, "\(error)", pause: pause)
    } catch let error as VolumeFailure {
      let pause = mountFailure.map { min($0.pause * 2, 120) } ?? 0.5
      if mountFailure?.message != error.description {
        context.interface.event(pod, true, "FailedMount", "MountVolume.SetUp failed: \(error)")
      }
      mountFailure = (error.description, pause, Date() + pause)
      note(name, isInitializing(name) ? "PodInitializing" : "ContainerCreating", error.description, pause: pause)
    } catch let error as ContainerEnvironment.Failure {
      if containers[name]?.currentObstacle?.message != error.description {
        context.interface.event(pod, true, "Failed", "Error: \(error)")
      }
      note(name, "CreateContainerConfigError", error.description, pause: 10)
    } catch let error as ConfigurationFailure {
      context.interface.event(pod, true, "Failed", "Error: \(error)")
      note(name, "CreateContainerConfigError", error.description, pause: 10)
    } catch {
      if Task.isCancelled { return }
      logger.warning("cannot start a container", metadata: ["container": "\(name)", "error": "\(error)"])
      context.interface.event(pod, true, "Failed", "Error: \(error)")
      note(name, "CreateContainerError", "\(error)", pause: 5)
    }
  }

  /// What the manifest asks that contradicts itself.
  enum ConfigurationFailure: Error, CustomStringConvertible {
    case runsAsRoot(String)
    case noCommand(String, image: String)

    var description: String {
      switch self {
      case .runsAsRoot(let name):
        "container \"\(name)\" has runAsNonRoot and its user is 0; set securityContext.runAsUser"
      case .noCommand(let name, let image):
        "container \"\(name)\" names no command and the image \(image) has no entrypoint; set spec.containers[].command"
      }
    }
  }

  private func isInitializing(_ name: String) -> Bool { !(pod.spec?.initContainers ?? []).isEmpty && !isInit(name) }

  private func note(_ name: String, _ reason: String, _ message: String, pause: TimeInterval) {
    let obstacle = ContainerView.Obstacle(reason: reason, message: message, retryAt: Date() + pause)
    var view = containers[name] ?? ContainerView()
    view.obstacle = obstacle
    if view.exit == nil { view.phase = .waiting(obstacle) }
    containers[name] = view
  }

  /// Objects the pod uses have changed: what waited for them is tried at once.
  func retryNow() {
    let now = Date()
    for (name, var view) in containers
    where ["ContainerCreating", "PodInitializing", "CreateContainerConfigError"].contains(view.currentObstacle?.reason)
    {
      view.obstacle?.retryAt = now
      if case .waiting(var obstacle?) = view.phase {
        obstacle.retryAt = now
        view.phase = .waiting(obstacle)
      }
      containers[name] = view
    }
    wakeup.signal()
  }

  private func startRun(_ container: Container) async throws {
    let spec = pod.spec ?? PodSpec()
    let imageName = container.image ?? ""
    let image = try context.images.resolve(imageName)
    try await Blocking.run { try image.checkPresence(for: imageName) }

    let fields = podFields()
    try await updateVolumes(fields)
    let user = container.securityContext?.runAsUser ?? spec.securityContext.runAsUser ?? image.user
    let group =
      container.securityContext?.runAsGroup ?? spec.securityContext.runAsGroup ?? (user == image.user ? user : 0)
    if user == 0, container.securityContext?.runAsNonRoot ?? spec.securityContext.runAsNonRoot ?? false {
      throw ConfigurationFailure.runsAsRoot(container.name)
    }
    let variables = try environment(fields).variables(of: container, image: image, user: user, hostname: hostname)
    let expand = { VariableExpansion.expand($0) { variables[$0] } }
    let entrypoint = container.command.flatMap { $0.isEmpty ? nil : $0.map(expand) } ?? image.entrypoint
    guard !entrypoint.isEmpty else { throw ConfigurationFailure.noCommand(container.name, image: image.name) }

    let attempt = (containers[container.name]?.attempt).map { $0 + 1 } ?? 0
    let run = directory.container(container.name, attempt: attempt)
    var mounts = try await volumes.mounts(of: container, variables: variables)
    if !container.terminationMessagePath.isEmpty {
      mounts.append(.init(host: run.terminationMessage, container: container.terminationMessagePath, isReadOnly: false))
    }
    try await writeFiles(user: user, group: group, image: image, mounts: &mounts, container: container.name)
    let sandbox = ContainerSandbox(
      hostname: hostname, user: user, group: group, image: image, configuration: directory.configuration,
      mounts: mounts, isRootReadOnly: container.securityContext?.readOnlyRootFilesystem == true,
      workingDirectory: container.workingDir.flatMap { $0.isEmpty ? nil : $0 } ?? "/",
      command: entrypoint + (container.args ?? []).map(expand))
    let record = ContainerRecord(
      id: Self.identifier(), image: imageName, imageID: image.imageID, workingDirectory: sandbox.workingDirectory,
      startedAt: Date())
    try await context.runtime.start(sandbox, variables: variables, record: record, in: run)
    noteStart(container, attempt: attempt, record: record)
    let directory = directory
    let name = container.name
    try await Blocking.run { directory.removeOldAttempts(of: name, keeping: attempt) }
  }

  private func noteStart(_ container: Container, attempt: Int, record: ContainerRecord) {
    var view = containers[container.name] ?? ContainerView()
    if let exit = view.exit {
      view.previous = exit
      view.backoff.noteRestart(after: exit.finishedAt)
    }
    view.attempt = attempt
    view.phase = .running(since: record.startedAt)
    view.obstacle = nil
    view.stop = nil
    view.image = record.image
    view.imageID = record.imageID
    view.containerID = record.id
    view.isStarted = false
    view.isReady = false
    containers[container.name] = view
    launches.append(
      .supervise(container.name, attempt: attempt, startedAt: record.startedAt, isStarted: false))
    context.interface.event(pod, false, "Started", "Started container \(container.name) (\(record.imageID))")
  }

  /// As unique as a container engine's: 32 random bytes in hexadecimal.
  private static func identifier() -> String {
    (0..<4).map { _ in
      let part = String(UInt64.random(in: .min ... .max), radix: 16)
      return String(repeating: "0", count: 16 - part.count) + part
    }.joined()
  }

  // MARK: Files

  var hostname: String {
    // A host name has at most 63 characters (RFC 1123); the kubelet cuts a pod's name the same way.
    let name = pod.spec?.hostname.flatMap { $0.isEmpty ? nil : $0 } ?? pod.name
    return name.count <= 63 ? name : String(name.prefix(63).reversed().drop { $0 == "-" || $0 == "." }.reversed())
  }

  func podFields() -> PodFields {
    PodFields(
      pod: pod, podAddress: address, hostAddress: context.settings.address, allocatable: context.settings.allocatable)
  }

  private func environment(_ fields: PodFields) -> ContainerEnvironment {
    let interface = context.interface
    let namespace = pod.namespace
    return ContainerEnvironment(
      fields: fields, secret: { interface.secret(namespace, $0) }, configMap: { interface.configMap(namespace, $0) },
      apiServer: (context.settings.apiServerHost, context.settings.apiServerPort), azure: context.settings.azure)
  }

  private func hostsText() -> String {
    let names = PodHosts(
      hostname: hostname, namespace: pod.namespace, subdomain: pod.spec?.subdomain, address: address,
      aliases: pod.spec?.hostAliases ?? [], clusterDomain: context.settings.clusterDomain)
    return names.text(services: context.interface.services())
  }

  /// Names and volumes follow their objects while containers run.
  func refreshFiles() async {
    guard containers.values.contains(where: \.isRunning) else { return }
    do {
      try await updateVolumes(podFields())
    } catch {
      // Containers keep what they have, as with a kubelet; the next change or renewal tries again.
      logger.debug("cannot refresh volumes", metadata: ["error": "\(error)"])
    }
    try? await writeHosts()
  }

  /// On a copy, because an actor's state cannot be changed across a suspension; only the pod's own loop calls this.
  private func updateVolumes(_ fields: PodFields) async throws {
    var updated = volumes
    defer { volumes = updated }
    try await updated.update(for: pod, fields: fields)
  }

  private func writeHosts() async throws {
    let text = hostsText()
    guard text != hosts else { return }
    let path = directory.configuration + "/hosts"
    try await Blocking.run { try Directories.write(Array(text.utf8), to: path, mode: 0o644, inPlace: true) }
    hosts = text
  }

  private func writeFiles(
    user: Int, group: Int, image: LocalImage, mounts: inout [ContainerSandbox.Mount], container: String
  ) async throws {
    let dns = pod.spec?.dnsConfig
    var resolver = ["search \((dns?.searches ?? []).joined(separator: " "))"].filter { $0 != "search " }
    resolver += (dns?.nameservers ?? []).map { "nameserver \($0)" }
    let options = (dns?.options ?? []).compactMap { option in
      option.name.map { name in option.value.map { "\(name):\($0)" } ?? name }
    }
    if !options.isEmpty { resolver.append("options \(options.joined(separator: " "))") }
    let own = resolver.isEmpty ? nil : resolver.joined(separator: "\n") + "\n"
    let (hostname, configuration) = (hostname, directory.configuration)
    try await Blocking.run {
      // Without settings of the pod's own, names of the world outside are looked up as the host does it.
      let host = FileManager.default.contents(atPath: "/etc/resolv.conf").map { String(decoding: $0, as: UTF8.self) }
      let files = [
        "passwd": PodFiles.passwd(user: user, group: group), "group": PodFiles.group(user: user, group: group),
        "hostname": hostname + "\n", "nsswitch.conf": PodFiles.nameServiceSwitch, "resolv.conf": own ?? host ?? "",
      ]
      for (name, text) in files {
        try Directories.write(Array(text.utf8), to: "\(configuration)/\(name)", mode: 0o644, inPlace: true)
      }
    }
    try await writeHosts()
    if let system = image.operatingSystem {
      let path = "\(directory.configuration)/os-release.\(container)"
      try await Blocking.run { try Directories.write(Array(system.utf8), to: path, mode: 0o644) }
      mounts.append(.init(host: path, container: "/etc/os-release", isReadOnly: true))
    }
  }
}

extension ContainerView {
  /// What the container waits for at present.
  var currentObstacle: Obstacle? { if case .waiting(let obstacle?) = phase { obstacle } else { obstacle } }
}

extension LocalImage {
  /// - Throws: ``ImageError/incomplete(_:missing:remedy:)``. Blocks.
  func checkPresence(for name: String) throws {
    for bind in binds where !FileManager.default.fileExists(atPath: bind.host) {
      throw ImageError.incomplete(name, missing: bind.host, remedy: remedy)
    }
  }
}
