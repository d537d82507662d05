import Testing

@testable import ObjectStorage

@Suite("Service addresses")
struct ServiceAddressTests {
  @Test("scheme, host, port and path are told apart")
  func parts() throws {
    let address = try ServiceAddress("https://Host.example:9000/a/b/")
    #expect(address == ServiceAddress(isSecure: true, host: "host.example", port: 9000, path: "/a/b"))
    #expect(address.text == "https://host.example:9000/a/b")
    #expect(try ServiceAddress("http://[::1]:80").host == "::1")
    #expect(try ServiceAddress("http://[::1]:80").authority == "[::1]:80")
  }

  @Test(
    "what is no plain address is refused, without showing secrets",
    arguments: ["", "host", "ftp://host", "https://", "https://me:hunter2@host/a", "https://host/a?sig=hunter2"])
  func refused(_ text: String) {
    let error = #expect(throws: ObjectStorageError.self) { try ServiceAddress(text) }
    #expect(error.map { "\($0)" }?.contains("hunter2") == false)
  }

  @Test("a path is percent-encoded as it is signed, query values too")
  func encoding() {
    let request = ServiceRequest(
      .GET, ServiceAddress(isSecure: false, host: "h", path: "/a b"), path: "/ü+~", query: [("x", "1/2 3"), ("y", "")])
    #expect(request.url == "http://h/a%20b/%C3%BC%2B~?x=1%2F2%203&y=")
  }
}
