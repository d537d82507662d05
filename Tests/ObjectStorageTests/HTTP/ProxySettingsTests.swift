import Testing

@testable import ObjectStorage

@Suite("Proxy settings")
struct ProxySettingsTests {
  private func settings(_ exceptions: String) throws -> ProxySettings {
    try ProxySettings(["HTTPS_PROXY": "http://proxy:3128", "NO_PROXY": exceptions])
  }

  private func uses(_ address: String, except exceptions: String = "") throws -> Bool {
    try settings(exceptions).usesProxy(for: ServiceAddress(address))
  }

  @Test("TLS goes through the proxy; plain HTTP and this machine do not")
  func schemes() throws {
    #expect(try uses("https://account.blob.core.windows.net"))
    #expect(try !uses("http://169.254.169.254"))
    #expect(try !uses("https://127.0.0.1:8443"))
    #expect(try !uses("https://localhost"))
    #expect(try !ProxySettings([:]).usesProxy(for: ServiceAddress("https://a.example")))
    #expect(try !ProxySettings(["HTTPS_PROXY": ""]).usesProxy(for: ServiceAddress("https://a.example")))
  }

  @Test(
    "NO_PROXY names hosts, domains, networks and ports",
    arguments: [
      ("https://store.example.com", "example.com", false), ("https://store.example.com", ".example.com", false),
      ("https://store.example.com", "*.example.com", false), ("https://example.com", "example.com", false),
      ("https://badexample.com", "example.com", true), ("https://store.example.com", "*", false),
      ("https://10.1.2.3", "10.0.0.0/8", false), ("https://11.1.2.3", "10.0.0.0/8", true),
      ("https://10.1.2.3", "10.1.2.3", false), ("https://10.1.2.129", "10.1.2.128/25", false),
      ("https://10.1.2.127", "10.1.2.128/25", true), ("https://[fd00::1]", "fd00::/8", false),
      ("https://[fe00::1]", "fd00::/8", true), ("https://a.example", "b.example, a.example", false),
      ("https://a.example:9000", "a.example:9000", false), ("https://a.example", "a.example:9000", true),
      ("https://A.EXAMPLE", "a.Example", false), ("https://10.1.2.3", "10.0.0.0/99", true),
    ])
  func exceptions(_ address: String, _ exceptions: String, _ isUsed: Bool) throws {
    #expect(try uses(address, except: exceptions) == isUsed)
  }

  @Test("user and password are taken from the address; small letters win")
  func credentials() throws {
    let settings = try ProxySettings(["HTTPS_PROXY": "http://a:1", "https_proxy": "http://me:secret@b:2"])
    #expect(settings.proxy == .init(host: "b", port: 2, user: "me", password: "secret"))
    #expect(try ProxySettings(["HTTPS_PROXY": "c:3"]).proxy == .init(host: "c", port: 3))
  }

  @Test("a proxy that cannot be used is an error that does not show its password")
  func refused() {
    let error = #expect(throws: ObjectStorageError.self) {
      try ProxySettings(["HTTPS_PROXY": "socks5://me:secret@b:2"])
    }
    #expect(error.map { "\($0)" }?.contains("HTTPS_PROXY") == true)
    #expect(error.map { "\($0)" }?.contains("secret") == false)
  }
}
