import Testing

@testable import LocalCluster

@Suite("A CONNECT request")
struct ConnectTests {
  @Test(
    "names a host and a port",
    arguments: [
      ("cow.blob.core.windows.net:443", "cow.blob.core.windows.net", 443), ("PyPI.org.:443", "pypi.org", 443),
      ("203.0.113.80:8443", "203.0.113.80", 8443), ("[2001:db8::1]:443", "2001:db8::1", 443),
    ])
  func targets(text: String, host: String, port: Int) throws {
    let target = try #require(ConnectTarget(text))
    #expect(target.host == host && target.port == port)
  }

  @Test(
    "without them, or with anything else, is refused",
    arguments: [
      "", ":443", "host", "host:", "host:0", "host:65536", "host:-1", "host:443:443", "http://host:443", "ho st:443",
      "host/x:443", "[::1:443", "[host]:443", "[]:443", ".:443", "hö.st:443", "user@host:443",
    ])
  func malformed(text: String) { #expect(ConnectTarget(text) == nil) }

  @Test("leads to other machines")
  func reachable() {
    let addresses = ReachableAddresses(ownNetwork: "10.213.0.0/16", ofThisMachine: ["192.0.2.7", "2001:db8::7"])
    for address in ["203.0.113.80", "10.212.0.1", "192.0.2.8", "2001:db8::8"] { #expect(addresses.contains(address)) }
  }

  @Test(
    "does not lead to this machine, the control plane's network, metadata services, or everybody",
    arguments: [
      "127.0.0.1", "127.64.0.1", "0.0.0.0", "10.213.0.1", "169.254.169.254", "192.0.2.7", "2001:db8::7", "::1", "::",
      "::ffff:127.0.0.1", "::127.0.0.1", "::ffff:10.213.0.1", "::ffff:192.0.2.7", "fe80::1", "ff02::1", "224.0.0.1",
      "255.255.255.255", "not an address",
    ])
  func unreachable(address: String) {
    let addresses = ReachableAddresses(ownNetwork: "10.213.0.0/16", ofThisMachine: ["192.0.2.7", "2001:db8::7"])
    #expect(!addresses.contains(address))
  }
}

@Suite("How containers reach hosts of Azure")
struct AzureAccessTests {
  let access = AzureAccess(proxy: "http://127.64.0.1:10000", exceptions: ["localhost", ".svc"], trustBundle: "/bundle")

  @Test("is said in both spellings, with the authorities to trust")
  func variables() {
    #expect(
      access.variables(beside: [:]) == [
        "HTTPS_PROXY": "http://127.64.0.1:10000", "https_proxy": "http://127.64.0.1:10000",
        "NO_PROXY": "localhost,.svc", "no_proxy": "localhost,.svc",
        "SSL_CERT_FILE": "/etc/ssl/certs/ca-certificates.crt",
        "REQUESTS_CA_BUNDLE": "/etc/ssl/certs/ca-certificates.crt",
      ])
  }

  @Test(
    "is nothing that a container with a proxy of its own hears of",
    arguments: ["HTTPS_PROXY", "https_proxy", "all_proxy"])
  func own(name: String) {
    let variables = access.variables(beside: [name: "http://own"])
    #expect(variables["HTTPS_PROXY"] == nil && variables["https_proxy"] == nil && variables["NO_PROXY"] == nil)
  }

  @Test("leaves a container its own exceptions")
  func exceptions() {
    let variables = access.variables(beside: ["no_proxy": "*"])
    #expect(variables["NO_PROXY"] == nil && variables["no_proxy"] == nil && variables["HTTPS_PROXY"] != nil)
  }
}
