import Crypto
import Foundation
import NIOHTTP1

@testable import LocalCluster

/// Requests as clients send them.
func request(
  _ method: String = "GET", _ target: String = "/", headers: HTTPHeaders = [:], isSecure: Bool = false,
  from address: String = "127.0.0.1", at time: Date = Date(), host: String = "127.64.0.1:10000"
) throws -> ServiceRequest {
  var headers = headers
  headers.add(name: "Host", value: host)
  var request = try ServiceRequest(
    method: method, target: target, headers: headers, isSecure: isSecure, remoteAddress: address)
  request.received = time
  return request
}

/// 64 bytes, 0 to 63: the key with which Azure's SDK made the signatures in these tests.
let testKey = SymmetricKey(data: Data(0..<64))

func withTemporaryDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
  let directory = NSTemporaryDirectory() + "matriarch-azure-\(UUID())"
  try Directories.create(directory, mode: 0o700)
  do {
    let value = try await body(directory)
    try Directories.remove(directory)
    return value
  } catch {
    try? Directories.remove(directory)
    throw error
  }
}
