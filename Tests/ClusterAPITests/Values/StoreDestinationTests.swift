import Testing

@testable import ClusterAPI

@Suite("The address of an object store")
struct StoreDestinationTests {
  @Test(
    "tells whose it is",
    arguments: [
      ("s3://bucket", .s3(bucket: "bucket")), ("s3://bucket/a/b/", .s3(bucket: "bucket")),
      ("gs://bucket/a", .google(bucket: "bucket")), ("https://account.blob.core.windows.net/backups", .azure),
      ("https://account.blob.core.chinacloudapi.cn/backups/a", .azure), ("http://127.0.0.1:10000/account/c", .azure),
      ("file:///var/backups", .directory(path: "/var/backups")), ("file://localhost/d/", .directory(path: "/d")),
      ("S3://bucket", .s3(bucket: "bucket")),
    ] as [(String, StoreDestination)])
  func read(text: String, destination: StoreDestination) throws {
    #expect(try StoreDestination(text) == destination)
  }

  @Test(
    "is refused with what it should look like",
    arguments: [
      ("backups", "is not the address of an object store"), ("s3:/bucket", "is not the address"),
      ("s3://a b", "is not the address"), ("s3://", "names no bucket: s3://BUCKET"), ("gs:///path", "names no bucket"),
      ("https://account.blob.core.windows.net", "names no container"),
      ("https://account.blob.core.windows.net/", "names no container"),
      ("http://minio:9000/bucket", "destinationPath is s3://BUCKET and endpointURL its address"),
      ("https:///a/b", "names no host"), ("ftp://host/a", "there is no object store with ftp://"),
      ("file://var/backups", "three slashes"), ("file:///", "names no directory"),
      ("file:///a/../b", "must not contain"),
    ])
  func refused(text: String, message: String) throws {
    let error = #expect(throws: StoreDestination.ParseError.self) { try StoreDestination(text) }
    #expect(try #require(error).message.contains(message))
    #expect(error?.holdsSecret == false)
  }

  @Test(
    "that holds a secret is not repeated",
    arguments: ["https://a.blob.core.windows.net/c?sv=1&sig=x", "https://user:pw@host/a/c", "s3://id:key@bucket"])
  func secrets(text: String) throws {
    let error = #expect(throws: StoreDestination.ParseError.self) { try StoreDestination(text) }
    #expect(error?.holdsSecret == true)
  }

  @Test("of a directory is all that is needed")
  func directory() throws {
    let cluster = try Examples.cluster(
      #"{"spec":{"backup":{"barmanObjectStore":{"destinationPath":"file:///var/backups"}}}}"#)
    #expect(ClusterRules.objectStore(cluster).isEmpty)
  }
}
