import NIOCore
import Synchronization
import Testing

@testable import ObjectStorage

@Suite("S3", .timeLimit(.minutes(1)))
struct S3StoreTests {
  private let key = try! ObjectKey("base/data.tar")

  private func with(
    credentials: StoreCredentials = .s3Keys(id: "me", secret: "hunter2", sessionToken: nil, region: nil),
    variables: [String: String] = [:], _ handler: @escaping TestServer.Handler,
    _ body: (S3Store, TestServer) async throws -> Void
  ) async throws {
    try await TestServer.with(handler) { server in
      let store = try S3Store(
        StoreConfiguration(destinationPath: "s3://bucket", endpointURL: server.url, credentials: credentials),
        variables: variables, limits: impatient, logger: quiet)
      try await ObjectStorageTests.with(store) { try await body($0, server) }
    }
  }

  private func error(_ code: String) -> String { "<Error><Code>\(code)</Code><Message>Words.</Message></Error>" }

  @Test("refusals of the moment are tried again, by status or by code")
  func transient() async throws {
    let count = Counter()
    try await with { [self] _ in
      switch count.next() {
      case 1: .text(503, error("SlowDown"))
      case 2: .text(400, error("RequestTimeout"))
      case 3: .text(500, error("InternalError"))
      case 4: .breakConnection
      default: .text(200, "")
      }
    } _: { store, _ in
      try await store.write(noise(100), to: key, options: WriteOptions())
      #expect(count.value == 5)
    }
  }

  @Test("refusals for good say what to do")
  func refused() async throws {
    for (code, word) in [
      ("AccessDenied", "s3:PutObject"), ("InvalidAccessKeyId", "accessKeyId"), ("RequestTimeTooSkewed", "clock"),
    ] {
      try await with { [self] _ in
        .text(403, error(code))
      } _: { store, _ in
        let error = await #expect(throws: ObjectStorageError.self) {
          try await store.write(noise(100), to: key, options: WriteOptions())
        }
        #expect(error.map { "\($0)" }?.contains(word) == true)
        #expect(error.map { "\($0)" }?.contains("hunter2") == false)
      }
    }
  }

  @Test("a bucket of another region is asked there, and signed for there")
  func region() async throws {
    try await with { [self] request in
      request.header("Authorization")?.contains("/eu-west-3/s3/") == true
        ? .text(200, "") : .text(400, error("AuthorizationHeaderMalformed"), [("x-amz-bucket-region", "eu-west-3")])
    } _: { store, server in
      try await store.write(noise(100), to: key, options: WriteOptions())
      try await store.write(noise(100), to: key, options: WriteOptions())
      #expect(server.requests.count == 3)
    }
  }

  @Test("an upload whose completion says 200 and is an error all the same is tried again, then fails and is given up")
  func completion() async throws {
    let count = Counter()
    let answers = Mutex(["InternalError", "SlowDown", "InvalidPart"])
    try await with { [self] request in
      switch (request.method, request.query["uploads"], request.query["uploadId"]) {
      case ("POST", "", _):
        return .text(200, "<InitiateMultipartUploadResult><UploadId>42</UploadId></InitiateMultipartUploadResult>")
      case ("PUT", _, "42"): return .text(200, "", [("ETag", "\"\(request.body.md5.hexadecimal)\"")])
      case ("POST", _, "42"):
        count.next()
        return .text(200, error(answers.withLock { $0.removeFirst() }))
      case ("DELETE", _, "42"): return .text(204, "")
      default: return .text(404, "")
      }
    } _: { store, server in
      let error = await #expect(throws: ObjectStorageError.self) {
        try await store.upload(to: key) { try await $0.write(noise(10 << 20)) }
      }
      #expect(error.map { "\($0)" }?.contains("InvalidPart") == true)
      #expect(count.value == 3)
      #expect(server.requests.last?.method == "DELETE")
    }
  }

  @Test("an upload whose completion was carried out although the answer was lost is complete")
  func lostAnswer() async throws {
    let tag = Mutex("")
    let isComplete = Mutex(false)
    let tags = Mutex<[Int: String]>([:])
    try await with { [self] request in
      switch (request.method, request.query["uploads"], request.query["uploadId"]) {
      case ("POST", "", _):
        return .text(200, "<InitiateMultipartUploadResult><UploadId>42</UploadId></InitiateMultipartUploadResult>")
      case ("PUT", _, "42"):
        let md5 = request.body.md5.hexadecimal
        tags.withLock { $0[Int(request.query["partNumber"] ?? "") ?? 0] = md5 }
        return .text(200, "", [("ETag", "\"\(md5)\"")])
      case ("POST", _, "42"):
        if isComplete.withLock({ $0 }) { return .text(404, error("NoSuchUpload")) }
        isComplete.withLock { $0 = true }
        // What Amazon documents: the MD5 of the parts' MD5.
        let all = tags.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }.joined()
        let bytes = ByteBuffer(
          bytes: stride(from: 0, to: all.utf8.count, by: 2).compactMap {
            UInt8(Array(all)[$0..<$0 + 2].map(String.init).joined(), radix: 16)
          })
        tag.withLock { $0 = "\"\(bytes.md5.hexadecimal)-2\"" }
        return .breakConnection
      case ("HEAD", _, _): return .text(200, "", [("ETag", tag.withLock { $0 }), ("Content-Length", "\(10 << 20)")])
      default: return .text(404, "")
      }
    } _: { store, server in
      try await store.upload(to: key) { try await $0.write(noise(10 << 20)) }
      #expect(server.requests.last?.method == "HEAD")
    }
  }

  @Test("objects that could not be removed in a batch are an error; services without batches are asked one by one")
  func batches() async throws {
    let keys = try ["a", "b"].map { try ObjectKey($0) }
    try await with { _ in
      .text(
        200, "<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>No.</Message></Error></DeleteResult>")
    } _: { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.delete(keys) }
      #expect(error.map { "\($0)" }?.contains("AccessDenied") == true)
    }
    try await with { [self] request in
      request.method == "POST" ? .text(501, error("NotImplemented")) : .text(204, "")
    } _: { store, server in
      try await store.delete(keys)
      #expect(server.requests.filter { $0.method == "DELETE" }.map(\.path).sorted() == ["/bucket/a", "/bucket/b"])
    }
  }

  @Test("names that lead elsewhere are left out of listings, encoded or not")
  func strangeNames() async throws {
    let names = ["../etc/passwd", "/etc/passwd", "a%2F..%2Fb", "fine%20one+two", "%00"]
    let contents = names.map { "<Contents><Key>\($0)</Key><Size>1</Size></Contents>" }.joined()
    try await with { _ in
      .text(
        200,
        "<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated>\(contents)</ListBucketResult>"
      )
    } _: { store, _ in
      let objects = try await store.objects("")
      #expect(objects.map(\.key.text) == ["fine one two"])
    }
  }

  @Test("a flipped bit in what was written at once is found when it is read")
  func flippedBit() async throws {
    let stored = Mutex<(ByteBuffer, String)>((ByteBuffer(), ""))
    try await with { request in
      if request.method == "PUT" {
        stored.withLock { $0 = (request.body, request.header(S3Store.checksumHeader) ?? "") }
        return .text(200, "", [("ETag", "\"x\"")])
      }
      var (content, sum) = stored.withLock { $0 }
      content.setInteger(UInt8(0), at: 50)
      content.setInteger(UInt8(1), at: 51)
      return .answer(200, [("ETag", "\"x\""), (S3Store.checksumHeader, sum)], content)
    } _: { store, _ in
      try await store.write(noise(100), to: key, options: WriteOptions())
      let error = await #expect(throws: ObjectStorageError.self) { try await store.content(key) }
      guard case .corrupted = error else {
        Issue.record("\(String(describing: error))")
        return
      }
    }
  }
}

@Suite("AWS roles", .timeLimit(.minutes(1)))
struct S3RoleTests {
  private let folder: TemporaryFolder
  private let key = try! ObjectKey("a")

  init() throws { folder = try TemporaryFolder("role") }

  private static let json =
    #"{"Code":"Success","AccessKeyId":"TEMP","SecretAccessKey":"s","Token":"session","Expiration":"2099-01-01T00:00:00Z"}"#

  private func with(
    variables: (String) -> [String: String], _ handler: @escaping TestServer.Handler,
    _ body: (S3Store, TestServer) async throws -> Void
  ) async throws {
    let service: TestServer.Handler = { request in
      guard request.path.hasPrefix("/bucket") else { return await handler(request) }
      let isFine =
        request.header("Authorization")?.contains("Credential=TEMP/") == true
        && request.header("x-amz-security-token") == "session"
      return isFine ? .text(200, "<ListBucketResult/>") : .text(403, "<Error><Code>InvalidToken</Code></Error>")
    }
    try await TestServer.with(service) { server in
      let store = try S3Store(
        StoreConfiguration(
          destinationPath: "s3://bucket", endpointURL: server.url, credentials: .s3Role(region: "eu-west-3")),
        variables: variables(server.url), limits: impatient, logger: quiet)
      try await ObjectStorageTests.with(store) { try await body($0, server) }
    }
  }

  private func webIdentity(_ url: String) -> [String: String] {
    [
      "AWS_WEB_IDENTITY_TOKEN_FILE": "\(folder.path)/token", "AWS_ROLE_ARN": "arn:aws:iam::1:role/pg",
      "AWS_ENDPOINT_URL_STS": url,
    ]
  }

  private func writeToken() throws {
    // {"iss":"https://issuer","sub":"system:serviceaccount:demo:pg","aud":"sts.amazonaws.com"}
    let claims = #"{"iss":"https://issuer","sub":"system:serviceaccount:demo:pg","aud":"sts.amazonaws.com"}"#
    try "e30.\(Base64.encodeURL(claims.utf8)).c2ln\n".write(
      toFile: "\(folder.path)/token", atomically: true, encoding: .utf8)
  }

  @Test("a service account's token becomes keys of the role")
  func web() async throws {
    try writeToken()
    try await with(variables: webIdentity) { request in
      guard request.form["Action"] == "AssumeRoleWithWebIdentity", request.form["RoleArn"] == "arn:aws:iam::1:role/pg",
        request.form["WebIdentityToken"]?.hasPrefix("e30.") == true
      else { return .text(400, "") }
      return .text(
        200,
        """
        <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>TEMP</AccessKeyId><SecretAccessKey>s</SecretAccessKey>
        <SessionToken>session</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>
        </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
        """)
    } _: { store, server in
      _ = try await store.objects("")
      _ = try await store.objects("")
      #expect(server.requests.count == 3)
    }
  }

  @Test("a refused role carries AWS' text and what the trust policy must allow")
  func webRefused() async throws {
    try writeToken()
    try await with(variables: webIdentity) { _ in
      .text(
        403,
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>Not authorized to perform "
          + "sts:AssumeRoleWithWebIdentity</Message></Error></ErrorResponse>")
    } _: { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      guard case .refused(_, let text, let remedy) = error else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(text == "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity")
      for part in ["arn:aws:iam::1:role/pg", "https://issuer", "system:serviceaccount:demo:pg", "sts.amazonaws.com"] {
        #expect(remedy.contains(part))
      }
    }
  }

  @Test("EKS Pod Identity: the agent is shown the token of the file")
  func container() async throws {
    try writeToken()
    let variables: (String) -> [String: String] = { url in
      [
        "AWS_CONTAINER_CREDENTIALS_FULL_URI": "\(url)/v1/credentials?x=1",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "\(folder.path)/token",
      ]
    }
    try await with(variables: variables) { request in
      request.header("Authorization")?.hasPrefix("e30.") == true && request.uri == "/v1/credentials?x=1"
        ? .text(200, Self.json) : .text(400, "")
    } _: { store, _ in
      _ = try await store.objects("")
    }
  }

  @Test("the instance metadata service is asked in its second version")
  func instance() async throws {
    let variables: (String) -> [String: String] = { ["AWS_EC2_METADATA_SERVICE_ENDPOINT": $0] }
    try await with(variables: variables) { request in
      switch (request.method, request.path) {
      case ("PUT", "/latest/api/token") where request.header("X-aws-ec2-metadata-token-ttl-seconds") != nil:
        .text(200, "metadata-token")
      case ("GET", "/latest/meta-data/iam/security-credentials/")
      where request.header("X-aws-ec2-metadata-token") == "metadata-token":
        .text(200, "my-role\n")
      case ("GET", "/latest/meta-data/iam/security-credentials/my-role"): .text(200, Self.json)
      default: .text(401, "")
      }
    } _: { store, _ in
      _ = try await store.objects("")
    }
  }

  @Test("where there is no role at all the error says where one was looked for; a missing half is named at once")
  func missing() async throws {
    let variables: (String) -> [String: String] = { _ in ["AWS_EC2_METADATA_SERVICE_ENDPOINT": "http://127.0.0.1:1"] }
    try await with(variables: variables) { _ in
      .silence
    } _: { store, _ in
      let error = await #expect(throws: ObjectStorageError.self) { try await store.objects("") }
      #expect(error.map { "\($0)" }?.contains("AWS_WEB_IDENTITY_TOKEN_FILE") == true)
    }
    for name in ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"] {
      let error = #expect(throws: ObjectStorageError.self) {
        try ObjectStores.open(
          StoreConfiguration(destinationPath: "s3://b", credentials: .s3Role(region: nil)), variables: [name: "x"],
          logger: quiet)
      }
      #expect(error.map { "\($0)" }?.contains("AWS_WEB_IDENTITY_TOKEN_FILE") == true)
      #expect(error.map { "\($0)" }?.contains("AWS_ROLE_ARN") == true || name == "AWS_ROLE_ARN")
    }
    #expect(throws: ObjectStorageError.self) {
      try ObjectStores.open(
        StoreConfiguration(destinationPath: "s3://b", credentials: .s3Role(region: nil)),
        variables: ["AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://elsewhere.example/keys"], logger: quiet)
    }
  }
}
