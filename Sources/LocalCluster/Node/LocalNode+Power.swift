import Glibc
import Processes

extension LocalNode {
  /// Ends all containers of a node whose process does not run (any more). Data and state stay; a node process started
  /// later starts the pods again.
  ///
  /// - Parameters:
  ///   - stateDirectory: the node's, `STATE/nodes/NAME`.
  ///   - gracePeriod: between SIGTERM and SIGKILL; zero is a power cut.
  public static func powerOff(stateDirectory: String, gracePeriod: Duration = .zero) async {
    let runs = (try? await Blocking.run { runningContainers(stateDirectory) }) ?? []
    await withTaskGroup(of: Void.self) { group in
      for run in runs { group.addTask { await end(run, gracePeriod) } }
    }
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

  private static func runningContainers(_ stateDirectory: String) -> [ContainerDirectory] {
    let pods = stateDirectory + "/pods"
    return Directories.names(in: pods).flatMap { pod in
      Directories.names(in: "\(pods)/\(pod)/containers").flatMap { name in
        Directories.names(in: "\(pods)/\(pod)/containers/\(name)").map { attempt in
          ContainerDirectory(path: "\(pods)/\(pod)/containers/\(name)/\(attempt)")
        }
      }
    }.filter { $0.isShimAlive() }
  }
}
