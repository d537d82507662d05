/// The name of an image taken apart: `registry:5000/team/postgresql:15.4@sha256:…`.
///
/// The grammar is the one of the OCI distribution specification: a colon after the last slash starts the tag, an `@`
/// starts the digest.
struct ImageReference: Sendable, Equatable {
  /// With registry and path, without tag and digest.
  let repository: String
  let tag: String?
  let digest: String?

  /// - Throws: ``ImageError/invalidName(_:)`` where the text cannot be the name of an image.
  init(_ text: String) throws(ImageError) {
    var rest = Substring(text)
    if let at = rest.firstIndex(of: "@") {
      digest = String(rest[rest.index(after: at)...])
      rest = rest[..<at]
    } else {
      digest = nil
    }
    let nameStart = rest.lastIndex(of: "/").map { rest.index(after: $0) } ?? rest.startIndex
    if let colon = rest[nameStart...].lastIndex(of: ":") {
      tag = String(rest[rest.index(after: colon)...])
      rest = rest[..<colon]
    } else {
      tag = nil
    }
    repository = String(rest)

    let isRepository = rest.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
      !part.isEmpty && part.utf8.allSatisfy(Self.isNameCharacter)
    }
    let isTag = tag.map { !$0.isEmpty && $0.utf8.count <= 128 && $0.utf8.allSatisfy(Self.isNameCharacter) } ?? true
    let isDigest = digest.map { $0.contains(":") } ?? true
    guard isRepository, isTag, isDigest else { throw .invalidName(text) }
  }

  /// The last part of the repository: `postgresql`.
  var lastComponent: Substring {
    repository[(repository.lastIndex(of: "/").map(repository.index(after:)) ?? repository.startIndex)...]
  }

  private static func isNameCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
    case UInt8(ascii: "0")...UInt8(ascii: "9"): true
    // The colon is a registry's port; it cannot occur elsewhere, the tag was taken off already.
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: ":"): true
    default: false
    }
  }
}

/// Why an image cannot be had. The reasons are the kubelet's.
enum ImageError: Error, Equatable, CustomStringConvertible {
  case invalidName(String)
  /// No program of this machine stands for the image.
  case unknown(String, available: [String])
  /// The image is known, but a directory or program it needs is missing.
  case incomplete(String, missing: String, remedy: String?)

  /// The `reason` of a waiting container.
  var reason: String {
    switch self {
    case .invalidName: "InvalidImageName"
    case .unknown, .incomplete: "ErrImagePull"
    }
  }

  var description: String {
    switch self {
    case .invalidName(let name):
      return "\"\(name)\" is not the name of an image; expected [REGISTRY/]REPOSITORY[:TAG][@DIGEST]"
    case .unknown(let name, let available):
      let list = available.isEmpty ? "none" : available.joined(separator: ", ")
      return
        "no program of this machine stands for the image \"\(name)\"; pods run as processes here and the images are: \(list)"
    case .incomplete(let name, let missing, let remedy):
      return "the image \"\(name)\" needs \(missing), which is not there" + (remedy.map { "; \($0)" } ?? "")
    }
  }
}
