import Testing

@testable import ObjectStorage

@Suite("S3's addresses")
struct S3AddressTests {
  private func service(_ destination: String, _ endpoint: String? = nil, _ region: String? = nil) throws -> String {
    let address = try S3Address(destination, endpoint: endpoint, region: region)
    return address.service(in: address.region).text
  }

  @Test("Amazon's buckets stand in the host, unless they have a dot; others' in the path")
  func styles() throws {
    #expect(try service("s3://b/p") == "https://b.s3.us-east-1.amazonaws.com")
    #expect(try service("s3://b/p", nil, "eu-central-1") == "https://b.s3.eu-central-1.amazonaws.com")
    #expect(try service("s3://b.c", nil, "eu-central-1") == "https://s3.eu-central-1.amazonaws.com/b.c")
    #expect(try service("s3://b", nil, "cn-north-1") == "https://b.s3.cn-north-1.amazonaws.com.cn")
    #expect(try service("s3://b", "http://minio:9000") == "http://minio:9000/b")
    #expect(try service("s3://b", "https://gateway/s3/") == "https://gateway/s3/b")
    #expect(try service("s3://b", "https://b.oss-cn-x.example") == "https://b.oss-cn-x.example")
    #expect(try service("s3://b", "https://s3.eu-west-3.amazonaws.com") == "https://b.s3.eu-west-3.amazonaws.com")
  }

  @Test("the region is given, or read from Amazon's endpoint")
  func region() throws {
    #expect(try S3Address("s3://b", endpoint: "https://s3.eu-west-3.amazonaws.com", region: nil).region == "eu-west-3")
    #expect(try S3Address("s3://b", endpoint: "https://s3.amazonaws.com", region: nil).region == "us-east-1")
    #expect(try S3Address("s3://b", endpoint: "https://s3.eu-west-3.amazonaws.com", region: "x").region == "x")
    #expect(try S3Address("s3://b", endpoint: "http://minio:9000", region: nil).region == "us-east-1")
  }

  @Test("the path goes before every key")
  func path() throws {
    #expect(try S3Address("s3://b/x/y/", endpoint: nil, region: nil).prefix == "x/y/")
    #expect(try S3Address("s3://b", endpoint: nil, region: nil).prefix == "")
  }

  @Test(
    "what names no bucket is refused",
    arguments: ["s3://", "s3:///p", "gs://b", "https://b", "s3://../p", "s3://b/../p", "s3://b?x/p"])
  func refused(_ text: String) {
    #expect(throws: ObjectStorageError.self) { try S3Address(text, endpoint: nil, region: nil) }
  }
}
