import Foundation
import NIOSSL
import Processes

/// A certificate authority and a server's certificate, made by openssl.
struct TestAuthority {
  private let folder: TemporaryFolder
  let pem: String
  var file: String { "\(folder.path)/ca.pem" }

  init() throws {
    folder = try TemporaryFolder("authority")
    pem = try Self.shell(
      "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 "
        + "-subj '/CN=test authority' 2>/dev/null && cat ca.pem", in: folder.path)
  }

  func serverConfiguration(name: String = "localhost") throws -> TLSConfiguration {
    _ = try Self.shell(
      """
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout s.key -out s.csr -subj /CN=server 2>/dev/null
      printf 'subjectAltName=DNS:\(name),IP:127.0.0.1' >ext
      openssl x509 -req -in s.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out s.pem 2>/dev/null
      """, in: folder.path)
    return .makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile("\(folder.path)/s.pem").map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(folder.path)/s.key", format: .pem)))
  }

  private static func shell(_ script: String, in folder: String) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-ec", script]
    process.currentDirectoryURL = URL(filePath: folder)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: output, as: UTF8.self)
  }
}
