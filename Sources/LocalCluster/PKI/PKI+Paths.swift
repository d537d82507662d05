/// Where the files are, for those that read them anew when they are renewed.
extension PKI {
  public var authorityPath: String { "\(directory)/ca.crt" }
  public func certificatePath(_ user: User) -> String { "\(directory)/\(user.fileName).crt" }
  public func keyPath(_ user: User) -> String { "\(directory)/\(user.fileName).key" }
}
