import Foundation
import NIOHTTP1
import Testing

@testable import LocalCluster

@Suite("What a blob request is about")
struct ResourceAddressTests {
  private func address(_ path: String, host: String = "127.64.0.1", within account: String? = nil) throws
    -> ResourceAddress
  {
    try ResourceAddress(host: host, path: path, accounts: ["cow", "bull"], within: account)
  }

  @Test("is said by the path, as emulators have it, or by host and path, as Azure has it")
  func forms() throws {
    for (path, host) in [("/cow/herd/a/b", "127.64.0.1"), ("/herd/a/b", "cow.blob.core.windows.net")] {
      let address = try address(path, host: host)
      #expect(address.account == "cow" && address.container == "herd" && address.blob == "a/b")
    }
  }

  @Test(
    "may be a blob of any name, encoded slashes, double ones and dots included",
    arguments: [
      ("a%2Fb", "a/b"), ("a//b", "a//b"), ("../x", "../x"), ("a%20b%2Bc+d", "a b+c+d"), ("%C3%BC", "ü"), ("a/", "a/"),
    ])
  func names(encoded: String, name: String) throws { #expect(try address("/cow/herd/\(encoded)").blob == name) }

  @Test("may be an account or a container")
  func shorter() throws {
    #expect(try address("/cow").container == nil)
    #expect(try address("/cow/").container == nil)
    #expect(try address("/cow/herd").blob == nil)
    #expect(try address("/cow/herd/").blob == nil)
  }

  @Test("is refused where there is no such account, or no such name could be")
  func refused() throws {
    let cases: [(String, StorageError)] = [
      ("/goat/herd", .resourceNotFound), ("/cow/HERD", .invalidResourceName), ("/cow/he", .invalidResourceName),
      ("/cow/a--b", .invalidResourceName), ("/cow/-ab", .invalidResourceName), ("/cow/herd/%00", .invalidResourceName),
      ("/cow/herd/%zz", .invalidURI), ("/cow/herd/%ff", .invalidURI),
      ("/cow/herd/\(String(repeating: "x", count: 1025))", .invalidResourceName),
    ]
    for (path, expected) in cases {
      #expect(try #require(throws: StorageError.self) { try address(path) } == expected, "\(path)")
    }
  }

  @Test("is said without the account in a part of a batch, whatever the form")
  func batch() throws {
    #expect(try address("/herd/a", within: "cow") == address("/cow/herd/a"))
    #expect(try address("/cow/herd/a", within: "cow") == address("/cow/herd/a"))
    #expect(try address("/bull/herd/a", within: "cow").account == "bull")
  }
}

@Suite("A range of bytes")
struct ByteRangeTests {
  @Test("is cut at the blob's end")
  func clamping() throws {
    #expect(try ByteRange("bytes=0-9")?.clamped(to: 5) == 0..<5)
    #expect(try ByteRange("bytes=2-3")?.clamped(to: 5) == 2..<4)
    #expect(try ByteRange("bytes=2-")?.clamped(to: 5) == 2..<5)
    #expect(try ByteRange("bytes=4-9223372036854775807")?.clamped(to: 5) == 4..<5)
  }

  @Test("that begins behind it does not exist", arguments: [(5, 5), (9, 5), (0, 0)])
  func outside(start: Int, size: Int) throws {
    let error = try #require(throws: StorageError.self) { try ByteRange("bytes=\(start)-")?.clamped(to: Int64(size)) }
    #expect(error.status == 416 && error.code == "InvalidRange")
  }

  @Test(
    "of another form is not looked at",
    arguments: ["", "bytes=", "bytes=-5", "bytes=5-4", "bytes=a-b", "items=0-1", "bytes=0-1,3-4"])
  func ignored(text: String) { #expect(ByteRange(text) == nil) }

  @Test("of the service's own field goes before the common one")
  func precedence() throws {
    let request = try request(headers: ["Range": "bytes=0-1", "x-ms-range": "bytes=5-6"])
    #expect(ByteRange(request) == ByteRange("bytes=5-6"))
  }

  @Test("is found in the blocks that a blob consists of")
  func parts() {
    let segments = [("a", 10), ("b", 5), ("c", 10)].map { BlobSegment(blockID: "", size: $0.1, file: $0.0) }
    func parts(_ range: Range<Int64>) -> [String] {
      BlobCall.parts(segments, in: range).map { "\($0.file)\($0.range.lowerBound)-\($0.range.upperBound)" }
    }
    #expect(parts(0..<25) == ["a0-10", "b0-5", "c0-10"])
    #expect(parts(9..<16) == ["a9-10", "b0-5", "c0-1"])
    #expect(parts(10..<15) == ["b0-5"])
    #expect(parts(12..<12).isEmpty)
  }
}

@Suite("Conditions of a request")
struct PreconditionsTests {
  let blob = StoredBlob(
    row: 1, name: "x", size: 1, tag: "0x1", created: 0, modified: 1_435_361_952_500, details: BlobDetails())
  static let modified = "Fri, 26 Jun 2015 23:39:12 GMT"
  static let before = "Fri, 26 Jun 2015 23:39:11 GMT"

  private func refusal(_ method: String, _ headers: HTTPHeaders, _ blob: StoredBlob?) throws -> Int? {
    let conditions = Preconditions(try request(method, headers: headers))
    do throws(StorageError) {
      try conditions.check(blob)
      return nil
    } catch {
      return error.status
    }
  }

  @Test("on the tag")
  func tags() throws {
    #expect(try refusal("PUT", ["If-Match": "\"0x1\""], blob) == nil)
    #expect(try refusal("PUT", ["If-Match": "\"0x2\", \"0x1\""], blob) == nil)
    #expect(try refusal("PUT", ["If-Match": "\"0x2\""], blob) == 412)
    #expect(try refusal("PUT", ["If-Match": "*"], nil) == 412)
    #expect(try refusal("PUT", ["If-None-Match": "*"], nil) == nil)
    #expect(try refusal("PUT", ["If-None-Match": "*"], blob) == 409)
    #expect(try refusal("PUT", ["If-None-Match": "\"0x1\""], blob) == 412)
    #expect(try refusal("GET", ["If-None-Match": "\"0x1\""], blob) == 304)
  }

  @Test("on the time, to the second")
  func times() throws {
    #expect(try refusal("GET", ["If-Modified-Since": Self.modified], blob) == 304)
    #expect(try refusal("PUT", ["If-Modified-Since": Self.modified], blob) == 412)
    #expect(try refusal("GET", ["If-Modified-Since": Self.before], blob) == nil)
    #expect(try refusal("GET", ["If-Unmodified-Since": Self.modified], blob) == nil)
    #expect(try refusal("GET", ["If-Unmodified-Since": Self.before], blob) == 412)
  }
}

@Suite("The body of a batch")
struct BatchBodyTests {
  private let body = [
    "--batch_x", "Content-Type: application/http", "Content-ID: 0", "", "DELETE /herd/a%2Fb?snapshot=x HTTP/1.1",
    "x-ms-date: now", "Content-Length: 0", "", "", "--batch_x", "Content-Type: application/http", "Content-ID: 1", "",
    "DELETE /herd/c HTTP/1.1", "", "--batch_x--", "",
  ].joined(separator: "\r\n")

  @Test("is as many requests as it has parts")
  func parts() throws {
    let parts = try BatchBody.parse(Array(body.utf8), contentType: "multipart/mixed; boundary=batch_x")
    #expect(parts.map(\.target) == ["/herd/a%2Fb?snapshot=x", "/herd/c"])
    #expect(parts.map(\.contentID) == ["0", "1"])
    #expect(parts[0].headers.first(name: "x-ms-date") == "now")
  }

  @Test("that is none, or has too many parts, is refused")
  func malformed() throws {
    let many = String(repeating: "--b\r\nA: b\r\n\r\nDELETE /x HTTP/1.1\r\n\r\n", count: 257)
    for (text, type) in [
      (body, "multipart/mixed"), (body, "text/plain; boundary=batch_x"), ("", "multipart/mixed; boundary=x"),
      ("--x\r\nA: b\r\n\r\nnonsense\r\n--x--", "multipart/mixed; boundary=x"),
      ("--x\r\n", "multipart/mixed; boundary=x"),
      (many, "multipart/mixed; boundary=b"),
    ] {
      #expect(throws: StorageError.self) { try BatchBody.parse(Array(text.utf8), contentType: type) }
    }
  }
}
