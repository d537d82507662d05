import Glibc
import Processes

extension LocalNode {
  /// Ends all containers of a node whose process does not run (any more). Data and state stay; a node process started
  /// later starts the pods again.
  ///
  /// - Parameters:
  ///   - stateDirectory: the node's, `STATE/nodes/NAME`.
  ///   - gracePeriod: the longest time between SIGTERM and SIGKILL, for pods that do not want less; zero is a power
  ///     cut.
  public static func powerOff(stateDirectory: String, gracePeriod: Duration = .zero) async {
    let pods = (try? await Blocking.run { podDirectories(stateDirectory) }) ?? []
    let runs = (try? await Blocking.run { pods.flatMap { running($0, gracePeriod) } }) ?? []
    await withTaskGroup(of: Void.self) { group in
      for (run, gracePeriod) in runs { group.addTask { await end(run, gracePeriod) } }
    }
    // Memory does not survive a power cut.
    _ = try? await Blocking.run { for pod in pods { try? Directories.remove(pod.memory) } }
  }

  private static func end(_ run: ContainerDirectory, _ gracePeriod: Duration) async {
    let runtime = ContainerRuntime(shim: "", host: HostLayout(directories: [], links: [:], configuration: []))
    if gracePeriod > .zero {
      await runtime.terminate(run)
      let hasEnded = await withTaskGroup(of: Bool.self) { group in
        group.addTask {
          await runtime.end(of: run)
          return !Task.isCancelled
        }
        group.addTask {
          try? await Task.sleep(for: gracePeriod)
          return false
        }
        defer { group.cancelAll() }
        return await group.next() ?? false
      }
      if hasEnded { return }
    }
    await runtime.kill(run)
    await runtime.end(of: run)
  }

  private static func running(_ pod: PodDirectory, _ limit: Duration) -> [(ContainerDirectory, Duration)] {
    let runs = pod.runs().filter { $0.isShimAlive() }
    guard !runs.isEmpty, limit > .zero else { return runs.map { ($0, .zero) } }
    let own = pod.storedPod()?.spec.map { Duration.seconds($0.terminationGracePeriodSeconds) }
    return runs.map { ($0, min(own ?? limit, limit)) }
  }

  private static func podDirectories(_ stateDirectory: String) -> [PodDirectory] {
    let pods = stateDirectory + "/pods"
    return Directories.names(in: pods).map { PodDirectory(podsDirectory: pods, uid: $0) }
  }
}
