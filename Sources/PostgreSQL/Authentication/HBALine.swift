/// Rules of `pg_hba.conf`: who may connect from where, and how they prove who they are.
public enum HBALine {
  /// Says what is wrong with a line written by a user, nil when PostgreSQL will accept it.
  ///
  /// PostgreSQL refuses to *start* with a bad line, and keeps its old rules on a reload; so a line is judged before it
  /// is written. What cannot be known here (files named by `@`, include directives) is refused: a pod has no such files.
  public static func problem(in line: String, version: ServerVersion) -> String? {
    do {
      let fields = try AuthenticationToken.fields(of: line)
      guard let type = fields.first else { return nil }
      try check(fields, type: type, version: version)
      return nil
    } catch {
      return error.description
    }
  }

  /// The line without the secrets that may stand in its options, for messages. What follows the first of them goes too:
  /// where its value ends is hard to say, all the more in a line that is wrong.
  public static func redacted(_ line: String) -> String {
    let names = ["ldapbindpasswd", "radiussecrets"]
    guard let found = names.compactMap({ line.firstRange(of: $0) }).min(by: { $0.lowerBound < $1.lowerBound }) else {
      return line
    }
    return line[..<found.upperBound] + "=…"
  }

  private typealias Problem = AuthenticationToken.SyntaxError

  private static func check(
    _ fields: [[AuthenticationToken]], type: [AuthenticationToken], version: ServerVersion
  ) throws(AuthenticationToken.SyntaxError) {
    guard type.count == 1, let type = ConnectionType(rawValue: type[0].text) else {
      throw Problem(
        description: "unknown connection type \"\(type.map(\.text).joined(separator: ","))\"; it must be one of "
          + ConnectionType.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard fields.count > 1 else { throw Problem(description: "the database is missing") }
    guard fields.count > 2 else { throw Problem(description: "the user is missing") }
    for name in fields[1] + fields[2] where !name.isQuoted && name.text.hasPrefix("@") {
      throw Problem(description: "\"\(name.text)\" names a file; list the names instead")
    }
    for name in fields[1] + fields[2] where !name.isQuoted && name.text.hasPrefix("/") && version.major < 16 {
      throw Problem(description: "regular expressions such as \"\(name.text)\" need PostgreSQL 16 or newer")
    }
    var next = 3
    if type != .local { next = try checkAddress(fields, at: next) }
    guard fields.count > next else { throw Problem(description: "the authentication method is missing") }
    guard fields[next].count == 1 else { throw Problem(description: "there must be one authentication method") }
    let name = fields[next][0].text
    guard let method = AuthenticationMethod(rawValue: name) else {
      throw Problem(
        description: "unknown authentication method \"\(name)\"; it must be one of "
          + AuthenticationMethod.allCases.map(\.rawValue).joined(separator: ", "))
    }
    guard version.major >= method.firstMajor else {
      throw Problem(description: "authentication method \"\(name)\" needs PostgreSQL \(method.firstMajor) or newer")
    }
    if let problem = method.problem(on: type) { throw Problem(description: problem) }
    try checkOptions(fields[(next + 1)...].flatMap { $0 }, method: method, type: type)
  }

  /// Returns the index of the field after the address and its mask.
  private static func checkAddress(
    _ fields: [[AuthenticationToken]], at index: Int
  ) throws(AuthenticationToken.SyntaxError) -> Int {
    guard fields.count > index else { throw Problem(description: "the address is missing") }
    guard fields[index].count == 1 else {
      throw Problem(description: "there must be one address; write a line for each")
    }
    let address = fields[index][0]
    if !address.isQuoted, ["all", "samehost", "samenet"].contains(address.text) { return index + 1 }
    if let slash = address.text.firstIndex(of: "/") {
      let prefix = String(address.text[..<slash])
      let length = Int(address.text[address.text.index(after: slash)...])
      guard let bits = IPAddress.bits(of: prefix), let length, (0...bits).contains(length) else {
        throw Problem(description: "\"\(address.text)\" is not a network such as 10.0.0.0/8 or fd00::/8")
      }
      return index + 1
    }
    if IPAddress.bits(of: address.text) != nil {
      guard fields.count > index + 1, let mask = fields[index + 1].first,
        IPAddress.bits(of: mask.text) == IPAddress.bits(of: address.text)
      else {
        throw Problem(description: "address \"\(address.text)\" lacks its mask; write \(address.text)/32 for one host")
      }
      return index + 2
    }
    let allowed = address.text.utf8.allSatisfy { byte in
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-._".utf8.contains(byte)
    }
    guard allowed, !address.text.isEmpty else {
      throw Problem(description: "\"\(address.text)\" is neither a network nor a host name")
    }
    return index + 1
  }

  private static func checkOptions(
    _ options: [AuthenticationToken], method: AuthenticationMethod, type: ConnectionType
  ) throws(AuthenticationToken.SyntaxError) {
    var names: Set<String> = []
    for (index, option) in options.enumerated() {
      guard let equals = option.text.firstIndex(of: "=") else {
        // Not quoted: it may be the second word of a password.
        throw Problem(description: "option \(index + 1) is not of the form name=value")
      }
      let name = String(option.text[..<equals])
      let value = option.text[option.text.index(after: equals)...]
      guard method.options.contains(name) || (name == "clientcert" && type == .hostssl) else {
        throw Problem(description: "authentication method \"\(method.rawValue)\" has no option \"\(name)\" here")
      }
      if name == "clientcert", !["verify-ca", "verify-full"].contains(value) {
        throw Problem(description: "clientcert must be verify-ca or verify-full, not \"\(value)\"")
      }
      names.insert(name)
    }
    for required in method.requiredOptions where names.isDisjoint(with: required) {
      throw Problem(
        description: "authentication method \"\(method.rawValue)\" needs the option "
          + required.sorted().joined(separator: " or "))
    }
  }
}
