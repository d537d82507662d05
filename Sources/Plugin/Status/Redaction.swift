/// Takes out of files what nobody should read over somebody's shoulder.
enum Redaction {
  /// The passwords by which PostgreSQL binds to LDAP (`ldapbindpasswd`), quoted or not.
  static func passwords(_ rules: String) -> String {
    rules.replacing(/ldapbindpasswd\s*=\s*("(?:[^"]|"")*"|\S+)/) { _ in "ldapbindpasswd=***" }
  }
}
