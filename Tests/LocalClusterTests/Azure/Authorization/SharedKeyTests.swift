import Foundation
import Testing

@testable import LocalCluster

@Suite("A request signed with the account's key")
struct SharedKeyTests {
  static let time = Timestamps.date("2015-06-26T23:39:12Z") ?? .distantPast
  /// Of azure-storage-blob, for the request below.
  static let signature = "JRSh0wx6F0fVP+05gDluUx2NcdL5v/SLQ/C/q9AH4o4="

  private func signed(at time: Date = Self.time, timeout: Int = 20) throws -> ServiceRequest {
    try request(
      "GET", "/herd?restype=container&comp=metadata&timeout=\(timeout)",
      headers: ["x-ms-version": "2015-02-21", "x-ms-date": "Fri, 26 Jun 2015 23:39:12 GMT", "Content-Length": "0"],
      at: time, host: "cow.blob.core.windows.net")
  }

  @Test("is signed as Microsoft's example is")
  func text() throws {
    #expect(
      SharedKey.stringToSign(try signed(), account: "cow")
        == "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\nx-ms-version:2015-02-21\n"
        + "/cow/herd\ncomp:metadata\nrestype:container\ntimeout:20")
  }

  @Test("is believed with the signature that Azure's SDK computes")
  func good() throws {
    try SharedKey.verify("cow:\(Self.signature)", try signed(), account: "cow", key: testKey)
  }

  @Test("is refused when anything of it differs: the query, the account, the signature")
  func bad() throws {
    for (credential, request) in [
      ("cow:\(Self.signature)", try signed(timeout: 21)), ("bull:\(Self.signature)", try signed()),
      ("cow:AAAA", try signed()), ("cow", try signed()), ("", try signed()),
    ] {
      let error = try #require(throws: StorageError.self) {
        try SharedKey.verify(credential[...], request, account: "cow", key: testKey)
      }
      #expect(error.status == 403 && error.code == "AuthenticationFailed")
    }
  }

  @Test("is refused with a date that is a quarter of an hour off")
  func old() throws {
    for offset in [-901.0, 901] {
      let error = try #require(throws: StorageError.self) {
        try SharedKey.verify(
          "cow:\(Self.signature)", try signed(at: Self.time + offset), account: "cow", key: testKey)
      }
      #expect(error.details.first?.text.contains("Request date header too old") == true)
    }
  }

  @Test("has its path signed as it was sent, with the account twice where the path begins with it")
  func path() throws {
    let text = SharedKey.stringToSign(try request("PUT", "/cow/herd/a%2Fb%20c"), account: "cow")
    #expect(text.hasSuffix("\n/cow/cow/herd/a%2Fb%20c"))
  }

  @Test("has header fields in the service's order, in which hyphens hardly count")
  func order() {
    // As azure-storage-blob's own sorting has it.
    let names = ["x-ms-meta-a", "x-ms-meta-_a", "x-ms-meta-a-b", "x-ms-meta-ab", "x-ms-meta-1", "x-ms-meta-a1"]
    #expect(
      names.sorted(by: HeaderOrder.precedes)
        == ["x-ms-meta-_a", "x-ms-meta-1", "x-ms-meta-a", "x-ms-meta-a1", "x-ms-meta-ab", "x-ms-meta-a-b"])
  }
}
