import Testing

@testable import Web

@Suite("RequestTarget")
struct RequestTargetTests {
  @Test("splits and decodes path and query")
  func parts() throws {
    let target = try RequestTarget(parsing: "/api/v1/na%6De/%C3%BC?watch=true&labelSelector=a%3Db%2Cc&x&y=1+2&y=3#f")
    #expect(target.path == "/api/v1/na%6De/%C3%BC")
    #expect(target.segments == ["api", "v1", "name", "ü"])
    #expect(
      target.query == [
        .init(name: "watch", value: "true"), .init(name: "labelSelector", value: "a=b,c"), .init(name: "x", value: ""),
        .init(name: "y", value: "1 2"), .init(name: "y", value: "3"),
      ])
  }

  @Test("leaves out empty segments", arguments: ["/a//b", "/a/b/", "//a/b"])
  func empty(target: String) throws { #expect(try RequestTarget(parsing: target).segments == ["a", "b"]) }

  @Test("a plus in a path is a plus")
  func plus() throws { #expect(try RequestTarget(parsing: "/a+b").segments == ["a+b"]) }

  @Test("takes the absolute form of proxies and the asterisk")
  func otherForms() throws {
    #expect(try RequestTarget(parsing: "http://host:80/a?b=c").path == "/a")
    #expect(try RequestTarget(parsing: "https://host").path == "/")
    #expect(try RequestTarget(parsing: "*").segments.isEmpty)
  }

  @Test(
    "refuses what could lead elsewhere or is not properly encoded",
    arguments: [
      "/a/../b", "/..", "/./a", "/%2e%2e/etc/passwd", "/.%2E", "/a%2Fb", "/a%2fb", "/a%00", "/%", "/%4", "/%zz", "/%ff",
      "/?a=%f", "/?%ff=1", "a", "", "host:443",
    ])
  func refused(target: String) {
    #expect(throws: RequestViolation.self) { try RequestTarget(parsing: target) }
  }
}
