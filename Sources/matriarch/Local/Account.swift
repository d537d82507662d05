import Foundation
import Glibc
import LocalCluster
import Processes

/// Who runs the control plane. Nothing of it needs root, so root hands over to the system user `matriarch` first:
/// there is one way to run, not two.
enum Account {
  static let systemUser = "matriarch"
  static let systemState = "/var/lib/matriarch"

  static var isRoot: Bool { geteuid() == 0 }

  static var isSystemUser: Bool {
    guard let entry = getpwuid(geteuid()) else { return false }
    return String(cString: entry.pointee.pw_name) == systemUser
  }

  /// Run by root: makes the system user and its state directory, then becomes that user and starts the same command
  /// again. Returns only where it is not run by root.
  static func leaveRoot(state: String) async throws {
    guard isRoot else { return }
    if getpwnam(systemUser) == nil {
      let result = try await Tool.run(
        "/usr/sbin/useradd",
        [
          "--system", "--user-group", "--no-create-home", "--home-dir", systemState, "--shell", "/usr/sbin/nologin",
          systemUser,
        ],
        deadline: .seconds(20))
      guard result.status.isSuccess else {
        throw AccountError.cannotCreate(String(decoding: result.errorOutput, as: UTF8.self))
      }
    }
    guard let entry = getpwnam(systemUser) else { throw AccountError.cannotCreate("useradd made no account") }
    let (user, group) = (entry.pointee.pw_uid, entry.pointee.pw_gid)
    guard setgroups(0, nil) == 0 else { throw AccountError.cannotBecome(String(cString: strerror(errno))) }
    try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
    chown(state, user, group)
    // Others may look for the tools that `make up` fetched there, not into anything else.
    chmod(state, 0o711)
    try installPrograms(state: state, owner: (user, group))
    let program = "\(state)/bin/matriarch"
    guard canReach(program, user, group) else { throw AccountError.cannotReach(state) }
    if let runtime = SwiftRuntime.ofThisProcess() {
      // A toolchain below root's home, such as swiftly's.
      if !canReach(runtime.directory, user, group) { try runtime.copy(to: "\(state)/bin") }
      setenv(runtimeVariable, runtime.directory, 1)
    }

    let arguments = withoutState(CommandLine.arguments.dropFirst()) + ["--state", state]
    guard setgid(group) == 0, setuid(user) == 0 else {
      throw AccountError.cannotBecome(String(cString: strerror(errno)))
    }
    setenv("HOME", state, 1)
    chdir("/")
    var vector = ([program] + arguments).map { strdup($0) } + [nil]
    execv(program, &vector)
    throw AccountError.cannotBecome(String(cString: strerror(errno)))
  }

  /// Names the place where our programs look for the libraries of the Swift runtime, to the process that root becomes.
  private static let runtimeVariable = "MATRIARCH_SWIFT_RUNTIME"

  /// Where pods find the libraries of the Swift runtime.
  static func runtime(_ settings: LocalSettings) -> LocalImage.Bind? {
    guard let runtime = SwiftRuntime.ofThisProcess() else { return nil }
    let named = ProcessInfo.processInfo.environment[runtimeVariable]
    // Started from the copies by hand: where the toolchain is, the first start found out.
    if named == nil, runtime.directory == settings.binDirectory { return settings.runtime }
    return LocalImage.Bind(host: runtime.directory, container: named ?? runtime.directory)
  }

  /// Whether that user can read what is there. Asked as that user, for all directories above count.
  private static func canReach(_ path: String, _ user: uid_t, _ group: gid_t) -> Bool {
    guard setegid(group) == 0, seteuid(user) == 0 else { return false }
    defer {
      seteuid(0)
      setegid(0)
    }
    return faccessat(AT_FDCWD, path, R_OK | X_OK, AT_EACCESS) == 0
  }

  /// A relative path would mean another directory after the change to `/`.
  private static func withoutState(_ arguments: ArraySlice<String>) -> [String] {
    var result: [String] = []
    var isValue = false
    for argument in arguments {
      defer { isValue = argument == "--state" }
      if isValue || argument == "--state" || argument.hasPrefix("--state=") { continue }
      result.append(argument)
    }
    return result
  }

  /// Copies the programs into the state directory: what runs is not pulled away by the next build, and the system
  /// user need not be able to read the source tree. A copy that is the same is left alone.
  static func installPrograms(state: String, owner: (user: uid_t, group: gid_t)? = nil) throws {
    let directory = "\(state)/bin"
    try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
    let source = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    let folder = (source as NSString).deletingLastPathComponent
    guard folder != directory else { return }
    for program in ["matriarch", "matriarch-shim", "matriarch-wal"] {
      let target = "\(directory)/\(program)"
      let origin = "\(folder)/\(program)"
      if isSame(origin, target) { continue }
      let scratch = "\(target).new"
      try? FileManager.default.removeItem(atPath: scratch)
      try FileManager.default.copyItem(atPath: origin, toPath: scratch)
      chmod(scratch, 0o755)
      giveTime(of: origin, to: scratch)
      guard rename(scratch, target) == 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    }
    for name in ["kubectl-cnpg", "kubectl-matriarch"] {
      let link = "\(directory)/\(name)"
      if (try? FileManager.default.destinationOfSymbolicLink(atPath: link)) != "matriarch" {
        try? FileManager.default.removeItem(atPath: link)
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "matriarch")
      }
    }
    if let owner { chown(directory, owner.user, owner.group) }
  }

  /// Same size and time: a copy is given its origin's, to the nanosecond, and a build writes a new file.
  private static func isSame(_ source: String, _ copy: String) -> Bool {
    var first = stat()
    var second = stat()
    guard stat(source, &first) == 0, stat(copy, &second) == 0 else { return false }
    return first.st_size == second.st_size && first.st_mtim.tv_sec == second.st_mtim.tv_sec
      && first.st_mtim.tv_nsec == second.st_mtim.tv_nsec
  }

  private static func giveTime(of source: String, to copy: String) {
    var status = stat()
    guard stat(source, &status) == 0 else { return }
    utimensat(AT_FDCWD, copy, [status.st_atim, status.st_mtim], 0)
  }
}

enum AccountError: Error, CustomStringConvertible {
  case cannotCreate(String)
  case cannotBecome(String)
  case cannotReach(String)

  var description: String {
    switch self {
    case .cannotCreate(let reason):
      "The system user \(Account.systemUser) cannot be made: \(reason). Make it with useradd, or run as an ordinary user."
    case .cannotBecome(let reason):
      "Root could not become the user \(Account.systemUser): \(reason). Run as an ordinary user instead."
    case .cannotReach(let state):
      """
      The user \(Account.systemUser), as whom everything runs when root starts it, cannot get to \(state): a directory \
      above it is closed to others. Choose another place with --state or MATRIARCH_STATE.
      """
    }
  }
}
