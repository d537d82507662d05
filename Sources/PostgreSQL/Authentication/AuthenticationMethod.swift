import Glibc

/// The first field of a rule.
enum ConnectionType: String, CaseIterable {
  case local, host, hostssl, hostnossl, hostgssenc, hostnogssenc
}

/// The methods of `pg_hba.conf` and what each may be combined with (hba.c, `parse_hba_line` and `parse_hba_auth_opt`).
enum AuthenticationMethod: String, CaseIterable {
  case trust, reject, md5, password, gss, sspi, ident, peer, ldap, radius, cert, pam, bsd, oauth
  case scramSHA256 = "scram-sha-256"

  var firstMajor: Int { self == .oauth ? 18 : 10 }

  func problem(on type: ConnectionType) -> String? {
    switch self {
    case .peer where type != .local: "peer authentication is for local connections only"
    case .cert where type != .hostssl: "cert authentication is for hostssl connections only"
    case .gss where type == .local: "gss authentication is not for local connections"
    case .gss where type == .hostssl || type == .hostnogssenc: nil
    case .sspi, .bsd: "authentication method \"\(rawValue)\" is not built into PostgreSQL on Linux"
    default: nil
    }
  }

  var options: Set<String> {
    switch self {
    case .ident, .peer, .cert: ["map"]
    case .gss: ["map", "include_realm", "krb_realm"]
    case .pam: ["pamservice", "pam_use_hostname"]
    case .ldap:
      [
        "ldapserver", "ldapport", "ldapscheme", "ldaptls", "ldapprefix", "ldapsuffix", "ldapbasedn", "ldapbinddn",
        "ldapbindpasswd", "ldapsearchattribute", "ldapsearchfilter", "ldapurl",
      ]
    case .radius: ["radiusservers", "radiussecrets", "radiusports", "radiusidentifiers"]
    case .oauth: ["issuer", "scope", "validator", "map", "delegate_ident_mapping"]
    default: []
    }
  }

  /// Of each set, one must be given.
  var requiredOptions: [Set<String>] {
    switch self {
    case .ldap: [["ldapserver", "ldapurl"], ["ldapprefix", "ldapsuffix", "ldapbasedn", "ldapurl"]]
    case .radius: [["radiusservers"], ["radiussecrets"]]
    case .oauth: [["issuer"], ["scope"]]
    default: []
    }
  }
}

enum IPAddress {
  /// 32 or 128 for an address of that family, nil for text that is no address.
  static func bits(of text: String) -> Int? {
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 { return 32 }
    var six = in6_addr()
    return inet_pton(AF_INET6, text, &six) == 1 ? 128 : nil
  }
}
