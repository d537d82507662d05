/// Rules for names ("Naming and referencing containers, blobs, and metadata").
enum ResourceNames {
  /// 3 to 63 small letters, digits and single hyphens, which stand between others; or one of the special containers.
  static func isContainer(_ name: String) -> Bool {
    if ["$root", "$web", "$logs"].contains(name) { return true }
    guard (3...63).contains(name.utf8.count), !name.hasPrefix("-"), !name.hasSuffix("-"), !name.contains("--") else {
      return false
    }
    return name.utf8.allSatisfy {
      (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0)
        || $0 == UInt8(ascii: "-")
    }
  }

  /// 1 to 1024 characters, at most 254 parts between slashes. A name is no path of a file here, so it may be any text.
  static func isBlob(_ name: String) -> Bool {
    !name.isEmpty && name.utf16.count <= 1024 && !name.utf8.contains(0) && name.utf8.count { $0 == 0x2F } < 254
  }

  /// A C# identifier: metadata become members of objects there.
  static func isMetadata(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return false }
    return name.unicodeScalars.allSatisfy { $0 == "_" || $0.properties.isAlphabetic || ("0"..."9").contains($0) }
  }

  /// At most ten, keys of 1 to 128 and values of 0 to 256 characters out of letters, digits and ` +-./:=_`.
  static func areTags(_ tags: [(name: String, value: String)]) -> Bool {
    let isAllowed = { (text: String) in
      text.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || " +-./:=_0123456789".unicodeScalars.contains($0))
      }
    }
    return tags.count <= 10 && Set(tags.map(\.name)).count == tags.count
      && tags.allSatisfy {
        (1...128).contains($0.name.count) && $0.value.count <= 256 && isAllowed($0.name) && isAllowed($0.value)
      }
  }
}
