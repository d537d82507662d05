import Glibc

/// What of the host a container sees: programs and libraries, nothing of anybody's data.
struct HostLayout: Sendable, Equatable {
  static let bubblewrap = "/usr/bin/bwrap"

  /// Directories bound read-only under their own name.
  var directories: [String]
  /// Libraries that programs look for at places of their own, such as a toolchain's; read-only too.
  var libraries: [LocalImage.Bind] = []
  /// Symbolic links of the root directory and their targets: on a merged-/usr system `/bin` → `usr/bin`.
  var links: [String: String]
  /// Files and directories of `/etc` that programs of `/usr` need.
  var configuration: [String]
  /// Symbolic links of `/etc` and their targets below `/usr`. What a link is called tells programs more than what it leads
  /// to: of a time zone the name.
  var configurationLinks: [String: String] = [:]
  /// A file with the authorities that containers trust, in place of the host's own.
  var trustBundle: String?

  /// Where programs look for it: Debian's place, which libraries of other systems try too.
  static let trustBundlePath = "/etc/ssl/certs/ca-certificates.crt"

  /// Looks at this machine.
  ///
  /// - Parameters:
  ///   - libraries: what containers need beside `/usr`.
  ///   - trustBundle: the authorities that containers trust; nil leaves them the host's.
  static func ofThisMachine(libraries: [LocalImage.Bind] = [], trustBundle: String? = nil) -> HostLayout {
    var layout = HostLayout(directories: ["/usr"], links: [:], configuration: [])
    for path in ["/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32"] {
      if let target = linkTarget(path) {
        layout.links[path] = target
      } else if exists(path) {
        layout.directories.append(path)
      }
    }
    layout.libraries = libraries.filter { exists($0.host) && !$0.container.hasPrefix("/usr/") }
    layout.configuration = [
      "/etc/alternatives", "/etc/ca-certificates", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
      "/etc/locale.alias", "/etc/localtime", "/etc/os-release", "/etc/protocols", "/etc/services", "/etc/ssl",
      "/etc/timezone",
    ].filter(exists)
    layout.trustBundle = trustBundle
    if trustBundle != nil, !isFile(trustBundlePath) {
      // There is no file to put another in the place of, in a directory that is read-only: only what is needed is shown.
      layout.configuration.removeAll { $0 == "/etc/ssl" }
      layout.configuration += ["/etc/ssl/openssl.cnf"].filter(exists)
    }
    if let target = linkTarget("/etc/localtime"), target.hasPrefix("/usr/") {
      layout.configuration.removeAll { $0 == "/etc/localtime" }
      layout.configurationLinks["/etc/localtime"] = target
    }
    return layout
  }

  private static func isFile(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  private static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  private static func linkTarget(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = readlink(path, &buffer, buffer.count)
    guard length > 0 else { return nil }
    return String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}
