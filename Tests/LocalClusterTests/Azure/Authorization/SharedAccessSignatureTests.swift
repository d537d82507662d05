import Foundation
import Testing

@testable import LocalCluster

/// The signatures are azure-storage-blob's, with the fixed key, valid from 10:00 to 12:00.
@Suite("A shared access signature")
struct SharedAccessSignatureTests {
  static let times = "st=2026-11-27T10%3A00%3A00Z&se=2026-11-27T12%3A00%3A00Z"
  static let ofBlob =
    "\(times)&sp=rw&spr=https&sv=2026-10-06&sr=b&sig=jJse1A9z%2BWHEY7Mq7kH7wE/kOBEvPoExLkr5HCL0O1I%3D"
  static let ofContainer =
    "\(times)&sp=rl&sip=127.0.0.1&sv=2026-10-06&sr=c&sig=aMsLZrkInpQockkg7PnyGI2ahqVHW7%2Bbx6djW89ybO0%3D"
  static let ofAccount =
    "\(times)&sp=rl&sv=2026-10-06&ss=b&srt=co&sig=XJjGW%2BI/M9X4SBnRq1KQJ%2B/T%2BeVyQeZBp/K9x7TcLZw%3D"

  private func parse(
    _ query: String, path: String = "herd/elsa/1.txt", method: String = "GET", at time: String = "2026-11-27T11:00:00Z",
    isSecure: Bool = true, from address: String = "127.0.0.1"
  ) throws -> (grant: Grant, operation: StorageOperation) {
    let request = try request(
      method, "/cow/\(path)\(path.contains("?") ? "&" : "?")\(query)", isSecure: isSecure, from: address,
      at: try #require(Timestamps.date(time)))
    let resource = try ResourceAddress(host: request.host, path: request.path, accounts: ["cow"])
    let signature = try SharedAccessSignature(request, resource, key: testKey)
    return (.shared(signature), StorageOperation(request, resource))
  }

  private func refusal(_ body: () throws -> Void) throws -> StorageError {
    try #require(throws: StorageError.self) { try body() }
  }

  @Test("permits what its letters say, on the blob it was made for")
  func blob() throws {
    let (grant, operation) = try parse(Self.ofBlob)
    try grant.demand(operation)
    #expect(!grant.createsOnly)
    #expect(try refusal { try grant.demand(.deleteBlob) } == .permissionMismatch)
    #expect(try refusal { try grant.demand(.listBlobs) } == .unauthorized)
    #expect(try refusal { try grant.demandTags() } == .permissionMismatch)
  }

  @Test("of a blob is none of another blob, nor with letters added")
  func forged() throws {
    for (query, path) in [
      (Self.ofBlob, "herd/elsa/2.txt"), (Self.ofBlob, "other/elsa/1.txt"),
      (Self.ofBlob.replacing("sp=rw", with: "sp=rwd"), "herd/elsa/1.txt"),
      (Self.ofBlob.replacing("12%3A00", with: "13%3A00"), "herd/elsa/1.txt"),
      (Self.ofContainer, "other?restype=container&comp=list"),
      (Self.ofAccount.replacing("srt=co", with: "srt=sco"), "herd/x"),
    ] {
      let error = try refusal { _ = try parse(query, path: path) }
      #expect(error.code == "AuthenticationFailed")
      #expect(error.details.first?.text.contains("Signature did not match") == true)
    }
  }

  @Test("holds from its start to its expiry, and says when that was")
  func times() throws {
    _ = try parse(Self.ofBlob, at: "2026-11-27T10:00:00Z")
    for time in ["2026-11-27T09:59:59Z", "2026-11-27T12:00:00Z"] {
      let error = try refusal { _ = try parse(Self.ofBlob, at: time) }
      #expect(error.details.first?.text.hasPrefix("Signature not valid in the specified time frame: Start [") == true)
      #expect(error.details.first?.text.contains("Expiry [Fri, 27 Nov 2026 12:00:00 GMT]") == true)
    }
  }

  @Test("may demand TLS and an address")
  func restrictions() throws {
    #expect(try refusal { _ = try parse(Self.ofBlob, isSecure: false) } == .wrongProtocol)
    #expect(
      try refusal { _ = try parse(Self.ofContainer, path: "herd?restype=container&comp=list", from: "127.0.0.2") }
        == .wrongSource)
  }

  @Test("of a container lists it, reads blobs, and is no right to the container itself")
  func container() throws {
    let (grant, operation) = try parse(Self.ofContainer, path: "herd?restype=container&comp=list")
    #expect(operation == .listBlobs)
    try grant.demand(operation)
    try grant.demand(.getBlob)
    for operation in [StorageOperation.deleteContainer, .containerProperties, .listContainers] {
      #expect(try refusal { try grant.demand(operation) } == .unauthorized)
    }
  }

  @Test("of an account is for kinds of resources")
  func account() throws {
    let (grant, _) = try parse(Self.ofAccount, path: "herd/x")
    try grant.demand(.getBlob)
    try grant.demand(.containerProperties)
    #expect(try refusal { try grant.demand(.listContainers) } == .wrongResourceType)
    #expect(try refusal { try grant.demand(.putBlob) } == .permissionMismatch)
  }

  @Test("of a user's delegation, by a stored policy or of a version too old is refused in words")
  func unsupported() throws {
    for query in ["\(Self.ofBlob)&skoid=x", "\(Self.ofBlob)&si=policy", "sv=2012-02-12&sr=b&sig=AAAA", "sig=AAAA"] {
      #expect(try refusal { _ = try parse(query) }.code == "AuthenticationFailed")
    }
  }
}
