import NIOHTTP1
import Testing

@testable import Web

@Suite("HTTPResponse header")
struct HTTPResponseTests {
  let request = HTTPRequestHead(version: .http1_1, method: .GET, uri: "/")

  @Test("framing is the server's business")
  func framing() {
    let response = HTTPResponse(
      headers: ["Content-Length": "7", "Transfer-Encoding": "chunked", "Connection": "x", "A": "b"],
      body: .bytes([1, 2]))
    #expect(response.head(for: request, close: false).headers == ["A": "b", "content-length": "2"])
    #expect(
      HTTPResponse(body: .stream { _ in }).head(for: request, close: true).headers
        == ["transfer-encoding": "chunked", "connection": "close"])
  }

  @Test("HTTP/1.0 gets no chunks, 204 no length")
  func exceptions() {
    let old = HTTPRequestHead(version: .http1_0, method: .GET, uri: "/")
    #expect(HTTPResponse(body: .stream { _ in }).head(for: old, close: true).headers == ["connection": "close"])
    #expect(HTTPResponse(status: 204).head(for: request, close: false).headers == [:])
  }

  @Test("a header that would split the response becomes a 500", arguments: ["a\r\nSet-Cookie: b", "a\nb", "a\0"])
  func splitting(value: String) {
    let head = HTTPResponse(headers: ["X": value]).head(for: request, close: false)
    #expect(head.status == .internalServerError)
    #expect(!head.headers.contains(name: "X"))
    #expect(HTTPResponse(headers: [value: "x"]).head(for: request, close: false).status == .internalServerError)
  }
}
