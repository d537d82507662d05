/// The files of `/etc` that each pod has for itself.
enum PodFiles {
  static let names = ["group", "hostname", "hosts", "nsswitch.conf", "passwd", "resolv.conf"]

  /// Names by which containers know users: the postgres of our images is 26, as in Red Hat's packages and CNPG's images.
  private static let users: [(name: String, id: Int, group: Int, home: String)] = [
    ("root", 0, 0, "/root"), ("postgres", 26, 26, "/var/lib/postgresql"), ("pgbouncer", 998, 996, "/"),
    ("nonroot", 10001, 10001, "/"), ("nobody", 65534, 65534, "/"),
  ]

  static func passwd(user: Int, group: Int) -> String {
    var entries = users
    // initdb and libpq ask for the name of the user they run as.
    if !entries.contains(where: { $0.id == user }) { entries.append(("user\(user)", user, group, "/")) }
    return entries.map { "\($0.name):x:\($0.id):\($0.group)::\($0.home):/bin/sh\n" }.joined()
  }

  static func group(user: Int, group: Int) -> String {
    var entries = users.map { (name: $0.name == "nobody" ? "nogroup" : $0.name, id: $0.group) }
    entries.append(("tty", 5))
    if !entries.contains(where: { $0.id == group }) { entries.append(("group\(group)", group)) }
    return entries.map { "\($0.name):x:\($0.id):\n" }.joined()
  }

  static func home(of user: Int) -> String { users.first { $0.id == user }?.home ?? "/" }

  /// Names come from `/etc/hosts` first: it holds the services of the cluster.
  static let nameServiceSwitch = """
    passwd: files
    group: files
    shadow: files
    hosts: files dns
    networks: files
    protocols: files
    services: files

    """
}
