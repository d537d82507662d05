import Foundation
import Glibc

/// The libraries of the Swift runtime that this process uses.
///
/// Programs built by SwiftPM look for them first where the toolchain has them, then beside the program. Pods have to see
/// them at the first place, as they have copies of the program elsewhere.
public struct SwiftRuntime: Sendable, Equatable {
  public var directory: String
  /// File names, each once.
  public var libraries: [String]

  /// Nil where the program needs none, because it was linked statically.
  public static func ofThisProcess() -> SwiftRuntime? {
    SwiftRuntime(maps: ProcFile.text("/proc/self/maps"))
  }

  /// - Parameter maps: as the kernel writes `/proc/self/maps` (proc(5)): the path, where there is one, comes last.
  init?(maps: String) {
    var paths: Set<String> = []
    for line in maps.split(separator: "\n") {
      if let slash = line.firstIndex(of: "/") { paths.insert(String(line[slash...])) }
    }
    guard let core = paths.first(where: { $0.hasSuffix("/libswiftCore.so") }) else { return nil }
    let directory = (core as NSString).deletingLastPathComponent
    self.directory = directory
    libraries = paths.filter { ($0 as NSString).deletingLastPathComponent == directory }
      .map { ($0 as NSString).lastPathComponent }.filter { $0.contains(".so") }.sorted()
  }

  /// Copies the libraries where programs in that directory find them, for a user who cannot read the toolchain's.
  public func copy(to target: String) throws {
    for library in libraries {
      let path = "\(target)/\(library)"
      let scratch = "\(path).new"
      try Directories.remove(scratch)
      try FileManager.default.copyItem(atPath: "\(directory)/\(library)", toPath: scratch)
      chmod(scratch, 0o755)
      guard rename(scratch, path) == 0 else { throw Directories.Failure("replace", path) }
    }
  }
}
