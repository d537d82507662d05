import Foundation
import Processes

/// The authorities that pods trust: those of this machine, and ours.
struct TrustBundle {
  let authorityPEM: String

  /// Where systems keep theirs: Debian and Alpine, Fedora, SUSE.
  private static let hostBundles = [
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/ca-bundle.pem",
  ]

  /// Ours first: a file that does not end in a line end must not swallow it.
  var text: String {
    let host = Self.hostBundles.lazy.compactMap { try? String(contentsOfFile: $0, encoding: .utf8) }.first ?? ""
    return authorityPEM + (authorityPEM.hasSuffix("\n") ? "" : "\n") + host
  }

  /// For everybody to read. Blocks.
  func write(to settings: LocalSettings) throws {
    try DurableFile.write(Array(authorityPEM.utf8), to: settings.authorityFile, mode: 0o644)
    try DurableFile.write(Array(text.utf8), to: settings.trustBundle, mode: 0o644)
  }
}
