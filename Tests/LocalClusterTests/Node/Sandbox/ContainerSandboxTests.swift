import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A container's sandbox")
struct ContainerSandboxTests {
  let host = HostLayout(
    directories: ["/usr"], libraries: [.init(host: "/state/bin", container: "/opt/swift/lib")],
    links: ["/bin": "usr/bin"], configuration: ["/etc/ssl"],
    configurationLinks: ["/etc/localtime": "/usr/share/zoneinfo/Etc/UTC"])

  private func sandbox(_ fill: (inout ContainerSandbox) -> Void = { _ in }) -> ContainerSandbox {
    var sandbox = ContainerSandbox(
      hostname: "demo-1", user: 26, group: 27, image: .postgreSQL(major: 18, directory: "/tools/18"),
      configuration: "/pod/etc", mounts: [], isRootReadOnly: false, workingDirectory: "/work",
      command: ["/controller/manager", "instance", "run"])
    fill(&sandbox)
    return sandbox
  }

  private func line(_ sandbox: ContainerSandbox) -> [String] {
    sandbox.commandLine(host: host, status: "/run/status", variables: "/run/variables")
  }

  /// Where a sequence of arguments begins.
  private func position(_ arguments: [String], in line: [String]) -> Int? {
    line.indices.first { line[$0...].starts(with: arguments) }
  }

  @Test("ends with the program, whose arguments are nobody else's")
  func command() {
    let line = line(sandbox { $0.command = ["sh", "-c", "--bind / /"] })
    #expect(line.suffix(6) == ["--chdir", "/work", "--", "sh", "-c", "--bind / /"])
  }

  @Test("has bubblewrap write its status to a file and read the variables from one, named in arguments of the shell")
  func files() {
    #expect(
      line(sandbox()).prefix(11) == [
        "/bin/sh", "-c", #"exec 3>"$0" 4<"$1"; shift; exec "$@""#, "/run/status", "/run/variables", "/usr/bin/bwrap",
        "--json-status-fd", "3", "--clearenv", "--args", "4",
      ])
  }

  @Test("has the time zone by its name")
  func timeZone() {
    #expect(position(["--symlink", "/usr/share/zoneinfo/Etc/UTC", "/etc/localtime"], in: line(sandbox())) != nil)
    #expect(
      !HostLayout.ofThisMachine().configurationLinks.keys.contains {
        HostLayout.ofThisMachine().configuration.contains($0)
      })
  }

  @Test("has namespaces of its own and the user that is asked for, and dies with its shim")
  func isolation() {
    let line = line(sandbox())
    for argument in [
      "--unshare-user", "--unshare-pid", "--as-pid-1", "--unshare-ipc", "--unshare-uts", "--die-with-parent",
    ] {
      #expect(line.contains(argument))
    }
    #expect(position(["--uid", "26", "--gid", "27"], in: line) != nil)
    #expect(position(["--hostname", "demo-1"], in: line) != nil)
    #expect(position(["--cap-drop", "ALL"], in: line) != nil)
    // bubblewrap's own /dev would need a second user namespace, which nsenter could not enter.
    #expect(!line.contains("--dev"))
  }

  @Test("shows programs of the host, read-only, and its own files of /etc")
  func root() throws {
    let line = line(sandbox())
    #expect(position(["--ro-bind", "/usr", "/usr"], in: line) != nil)
    #expect(position(["--symlink", "usr/bin", "/bin"], in: line) != nil)
    #expect(position(["--bind", "/pod/etc/hosts", "/etc/hosts"], in: line) != nil)
    // The image's tree is mounted into the emptied directory of Debian's PostgreSQL packages.
    let hidden = try #require(position(["--tmpfs", "/usr/lib/postgresql"], in: line))
    let bound = try #require(position(["--ro-bind", "/tools/18", "/usr/lib/postgresql/18"], in: line))
    #expect(hidden < bound)
    // Libraries at the place where programs look for them, whatever theirs on the host.
    #expect(position(["--ro-bind", "/state/bin", "/opt/swift/lib"], in: line) != nil)
    // /opt exists through the directory bound below it.
    #expect(position(["--dir", "/opt"], in: line) == nil)
  }

  @Test("shows an image's overlays over its volumes")
  func overlays() throws {
    let line = line(
      sandbox {
        $0.image.overlays = [.init(host: "/bin/matriarch", container: "/controller/manager")]
        $0.mounts = [.init(host: "/scratch", container: "/controller", isReadOnly: false)]
        $0.isRootReadOnly = true
      })
    let volume = try #require(position(["--bind", "/scratch", "/controller"], in: line))
    let overlay = try #require(position(["--ro-bind", "/bin/matriarch", "/controller/manager"], in: line))
    let sealed = try #require(position(["--remount-ro", "/"], in: line))
    #expect(volume < overlay && overlay < sealed, "its mount point may have to be made")
  }

  @Test("mounts outer volumes before inner ones, and /var/run is /run")
  func mounts() throws {
    let line = line(
      sandbox {
        $0.mounts = [
          .init(host: "/token", container: "/var/run/secrets/x/", isReadOnly: true),
          .init(host: "/inner", container: "/data/pgdata", isReadOnly: false),
          .init(host: "/dashed", container: "/data-2", isReadOnly: false),
          .init(host: "/outer", container: "/data", isReadOnly: false),
          .init(host: "/scratch", container: "/run", isReadOnly: false),
        ]
      })
    let outer = try #require(position(["--bind", "/outer", "/data"], in: line))
    let inner = try #require(position(["--bind", "/inner", "/data/pgdata"], in: line))
    let scratch = try #require(position(["--bind", "/scratch", "/run"], in: line))
    let token = try #require(position(["--ro-bind", "/token", "/run/secrets/x"], in: line))
    #expect(outer < inner)
    #expect(scratch < token)
  }

  @Test("can have a read-only root, after everything was mounted")
  func readOnly() throws {
    #expect(!line(sandbox()).contains("--remount-ro"))
    let line = line(
      sandbox {
        $0.isRootReadOnly = true
        $0.mounts = [.init(host: "/a", container: "/a", isReadOnly: false)]
      })
    #expect(
      try #require(position(["--remount-ro", "/"], in: line)) > #require(position(["--bind", "/a", "/a"], in: line)))
  }

  @Test("knows its user by name")
  func users() {
    #expect(PodFiles.passwd(user: 26, group: 26).contains("postgres:x:26:26::/var/lib/postgresql:/bin/sh\n"))
    #expect(PodFiles.passwd(user: 1234, group: 5).contains("user1234:x:1234:5::/:/bin/sh\n"))
    #expect(PodFiles.group(user: 26, group: 77).contains("group77:x:77:\n"))
  }
}

@Suite("A pod's /etc/hosts")
struct PodHostsTests {
  @Test("has the services of all namespaces, short names only of the pod's own")
  func services() {
    let hosts = PodHosts(
      hostname: "demo-1", namespace: "demo", subdomain: nil, address: "127.64.1.5",
      aliases: [
        .with {
          $0.ip = "10.0.0.1"
          $0.hostnames = ["a", "b"]
        }
      ], clusterDomain: "cluster.local")
    let text = hosts.text(services: [
      .init(name: "kubernetes", namespace: "default", address: "127.64.128.1"),
      .init(name: "demo-rw", namespace: "demo", address: "127.64.128.2"),
    ])
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      lines == [
        "127.0.0.1\tlocalhost", "127.64.1.5\tdemo-1", "10.0.0.1\ta b",
        "127.64.128.2\tdemo-rw.demo.svc.cluster.local demo-rw.demo.svc demo-rw.demo demo-rw",
        "127.64.128.1\tkubernetes.default.svc.cluster.local kubernetes.default.svc kubernetes.default",
      ])
  }

  @Test("leaves out services without an address")
  func headless() {
    #expect(PodHosts.Entry(Service.named("a", in: "b") { $0.spec = .with { $0.clusterIP = "None" } }) == nil)
    #expect(
      PodHosts.Entry(Service.named("a", in: "b") { $0.spec = .with { $0.clusterIP = "1.2.3.4" } })?.address == "1.2.3.4"
    )
  }
}

@Suite("Times")
struct TimestampsTests {
  @Test("are read with any number of digits, and written as Kubernetes does")
  func roundTrip() throws {
    let date = try #require(Timestamps.date("2026-11-23T09:19:03.123456789Z"))
    #expect(Timestamps.text(date) == "2026-11-23T09:19:03Z")
    #expect(Timestamps.microText(date).hasPrefix("2026-11-23T09:19:03.1234"))
    #expect(Timestamps.date("2026-11-23T09:19:03Z") == date.addingTimeInterval(-0.123456789).rounded)
    #expect(Timestamps.date("yesterday") == nil)
    #expect(Timestamps.date("2026-11-23T09:19:03+01:00") == Timestamps.date("2026-11-23T08:19:03Z"))
  }
}

extension Date {
  fileprivate var rounded: Date { Date(timeIntervalSince1970: timeIntervalSince1970.rounded()) }
}
