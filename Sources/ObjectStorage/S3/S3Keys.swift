/// An access key, temporary where it has a session token.
struct S3Keys: Sendable, Equatable {
  var id: String
  var secret: String
  var sessionToken: String?
}

/// Where keys come from that run out.
protocol S3KeySource: Sendable {
  /// `Role arn:…`, for messages.
  var identity: String { get }
  func issue() async throws -> Issued<S3Keys>
}

/// Given keys, which do not run out.
struct S3StaticKeys: S3KeySource {
  let keys: S3Keys
  var identity: String { "Access key \(keys.id)" }

  func issue() async throws -> Issued<S3Keys> { Issued(value: keys, expires: .now + .seconds(365 * 86400)) }
}
