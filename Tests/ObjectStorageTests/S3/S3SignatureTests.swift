import NIOCore
import Testing

@testable import ObjectStorage

/// The signatures were computed by Amazon's botocore 1.44 for Python.
@Suite("Signature of S3")
struct S3SignatureTests {
  private func signature(_ request: ServiceRequest, token: String? = nil) -> String? {
    var request = request
    let keys = S3Keys(
      id: "AKIDEXAMPLE", secret: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", sessionToken: token)
    // 2026-11-27T10:15:00Z
    S3Signature(keys: keys, region: "eu-central-1").sign(&request, at: 1_795_774_500)
    #expect(request.headers.first(name: "x-amz-date") == "20261127T101500Z")
    return request.headers.first(name: "Authorization").map { String($0.suffix(64)) }
  }

  private let service = ServiceAddress(isSecure: false, host: "store.example", port: 9000, path: "/backups")

  @Test("an object with a tag, whose name is percent-encoded, without TLS: the body is signed")
  func put() {
    let request = ServiceRequest(
      .PUT, service, path: "/demo/a b+ü.tar",
      headers: [
        "Content-MD5": "kAFQmDzST7DWlj99KOF/cg==", "Content-Type": "application/octet-stream", "x-amz-tagging": "a=b",
      ], body: ByteBuffer(string: "abc"))
    #expect(signature(request) == "6ea936fa2aa03a422895252a4fc9a9e79072276a157553321d70da739c3f54a0")
  }

  @Test("a listing with a session token")
  func list() {
    let request = ServiceRequest(
      .GET, service, path: "/",
      query: [("list-type", "2"), ("prefix", "demo/w x/"), ("delimiter", "/"), ("max-keys", "1000")])
    #expect(
      signature(request, token: "TOKEN+/=") == "5b3abe15a0a8bbf4c37c703dde8bfed90ba769f6e8b8e49fcc7d2d44d3da5aaa")
  }

  @Test("over TLS the body is not signed")
  func unsigned() {
    let request = ServiceRequest(
      .POST, ServiceAddress(isSecure: true, host: "backups.s3.eu-central-1.amazonaws.com"), path: "/x",
      query: [("uploads", "")], headers: ["Content-MD5": "kAFQmDzST7DWlj99KOF/cg=="], body: ByteBuffer(string: "abc"))
    #expect(signature(request) == "0ede3fc1447a1658dec121c07fd47bb0ecf766ff191d3a5704e08e6875fe60a7")
  }
}
