import Foundation
import Kubernetes

/// Volumes: directories for claims, bound to each other, resized, protected and reclaimed.
struct VolumeProvisioning: Sendable {
  private let context: ControllerContext
  private let directory: VolumeDirectory
  private let claims = WorkQueue<ObjectKey>()
  private let volumes = WorkQueue<ObjectKey>()

  init(_ context: ControllerContext) {
    self.context = context
    directory = VolumeDirectory(root: context.settings.volumesDirectory)
  }

  func run() async {
    await withTaskGroup(of: Void.self) { group in
      group.addTask { await StorageClasses(context).controller.run() }
      group.addTask { await ClaimController(context, directory, queue: claims).controller.run() }
      group.addTask { await VolumeController(context, directory, queue: volumes).controller.run() }
      group.addTask { await watchDirectories() }
    }
  }

  /// A directory that vanishes under a volume is noticed at once, not when a database next looks for its files.
  private func watchDirectories() async {
    guard let watch = DirectoryWatch(directory.root) else {
      context.logger.warning(
        "cannot watch the volumes' directory; a vanished volume is noticed late",
        metadata: ["path": "\(directory.root)"])
      return
    }
    for await _ in watch {
      for volume in context.caches.volumes.all() { await volumes.add(ObjectKey(volume)) }
    }
  }
}
