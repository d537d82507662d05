import Kubernetes

/// The pod's `/etc/hosts`, which stands in for the cluster's DNS: every service under all its names.
struct PodHosts: Sendable, Equatable {
  /// A service that has an address.
  struct Entry: Sendable, Equatable {
    var name: String
    var namespace: String
    var address: String
  }

  var hostname: String
  var namespace: String
  var subdomain: String?
  var address: String
  var aliases: [HostAlias]
  var clusterDomain: String

  /// The text of the file.
  ///
  /// A short name means the service of the pod's own namespace, so those stand first; the C library takes the first
  /// line with a name.
  func text(services: [Entry]) -> String {
    var lines = ["# Managed by matriarch; changes are overwritten.", "127.0.0.1\tlocalhost"]
    var own = [hostname]
    if let subdomain { own.insert("\(hostname).\(subdomain).\(namespace).svc.\(clusterDomain)", at: 0) }
    lines.append("\(address)\t\(own.joined(separator: " "))")
    if !aliases.isEmpty { lines.append("# Entries of the pod's hostAliases.") }
    for alias in aliases { lines.append("\(alias.ip)\t\((alias.hostnames ?? []).joined(separator: " "))") }
    if !services.isEmpty { lines.append("# Services of the cluster.") }
    let ordered = services.sorted {
      ($0.namespace == namespace ? 0 : 1, $0.namespace, $0.name) < (
        $1.namespace == namespace ? 0 : 1, $1.namespace, $1.name
      )
    }
    for service in ordered {
      let full = "\(service.name).\(service.namespace)"
      var names = ["\(full).svc.\(clusterDomain)", "\(full).svc", full]
      if service.namespace == namespace { names.append(service.name) }
      lines.append("\(service.address)\t\(names.joined(separator: " "))")
    }
    return lines.joined(separator: "\n") + "\n"
  }
}

extension PodHosts.Entry {
  /// Nil for a service without an address of its own: headless or a mere name for something outside.
  init?(_ service: Service) {
    guard let address = service.spec?.clusterIP, !address.isEmpty, address != "None" else { return nil }
    self.init(name: service.name, namespace: service.namespace, address: address)
  }
}
