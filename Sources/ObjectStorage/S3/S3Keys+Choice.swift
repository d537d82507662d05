extension StoreCredentials {
  /// Where the bucket is, as far as the manifest says.
  var region: String? {
    switch self {
    case .s3Keys(_, _, _, let region), .s3Role(let region): region.flatMap { $0.isEmpty ? nil : $0 }
    default: nil
    }
  }

  /// What the manifest's credentials come to. What can be known to be missing is known now.
  func s3(
    region: String, variables: [String: String], client: ServiceClient
  ) throws(ObjectStorageError) -> any S3KeySource {
    switch self {
    case .s3Keys(let id, let secret, let token, _):
      guard !id.isEmpty, !secret.isEmpty else {
        throw .credentials("The secret of S3 holds no accessKeyId, or no secretAccessKey.")
      }
      return S3StaticKeys(keys: S3Keys(id: id.trimmed, secret: secret.trimmed, sessionToken: token?.trimmed))
    case .s3Role:
      if let id = variables["AWS_ACCESS_KEY_ID"], let secret = variables["AWS_SECRET_ACCESS_KEY"] {
        return S3StaticKeys(keys: S3Keys(id: id, secret: secret, sessionToken: variables["AWS_SESSION_TOKEN"]))
      }
      if variables["AWS_WEB_IDENTITY_TOKEN_FILE"] != nil || variables["AWS_ROLE_ARN"] != nil {
        return try S3WebIdentity(variables, region: region, client: client)
      }
      if variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] != nil
        || variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] != nil
      {
        return try S3ContainerKeys(variables, client: client)
      }
      return try S3InstanceKeys(variables, client: client)
    default: throw .credentials("\(self) cannot be used for S3.")
    }
  }
}
