import Foundation
import NIOHTTP1

extension BlobService {
  private static let mostBatchBytes = 4 << 20

  /// Does what each part of the body asks for, one after another. Each is answered for itself.
  func batch(_ call: BlobCall, _ body: inout BodyReader) async throws -> ServiceResponse {
    let parts = try BatchBody.parse(
      try await body.collect(upTo: Self.mostBatchBytes), contentType: call.request.header("Content-Type") ?? "")
    let boundary = "batchresponse_\(UUID().uuidString.lowercased())"
    var text = ""
    for part in parts {
      let answer = await respond(to: part, in: call)
      text += "--\(boundary)\r\nContent-Type: application/http\r\n"
      if let id = part.contentID { text += "Content-ID: \(id)\r\n" }
      text += "\r\nHTTP/1.1 \(answer.status) \(HTTPResponseStatus(statusCode: answer.status).reasonPhrase)\r\n"
      for (name, value) in answer.headers { text += "\(name): \(value)\r\n" }
      text += "\r\n"
      if case .bytes(let bytes) = answer.body, !bytes.isEmpty {
        text += String(decoding: bytes, as: UTF8.self) + "\r\n"
      }
    }
    text += "--\(boundary)--\r\n"
    return ServiceResponse(
      202, headers: ["Content-Type": "multipart/mixed; boundary=\(boundary)"], body: .bytes(Array(text.utf8)))
  }

  private func respond(to part: BatchBody.Part, in call: BlobCall) async -> ServiceResponse {
    var headers = part.headers
    headers.replaceOrAdd(name: "Host", value: call.request.headers.first(name: "host") ?? "")
    do throws(StorageError) {
      let request = try ServiceRequest(
        method: part.method, target: part.target, headers: headers, isSecure: call.request.isSecure,
        remoteAddress: call.request.remoteAddress)
      let address = try ResourceAddress(
        host: request.host, path: request.path, accounts: authorizer.accounts, within: call.address.account)
      // The others have bodies or answers that do not belong here ("Blob Batch": deletion and tiers).
      guard [.deleteBlob, .setTier].contains(StorageOperation(request, address)) else {
        throw .notImplemented("\(part.method) within a batch")
      }
      var empty = BodyReader.empty
      return await respond(to: request, &empty, inheriting: call.grantForParts(address), within: call.address.account)
    } catch {
      return error.response(requestID: call.request.id, isHead: false)
    }
  }
}

extension BlobCall {
  /// What a part of a batch that proves nothing of its own may do. A shared access signature was looked at for another
  /// resource than the part's.
  fileprivate func grantForParts(_ address: ResourceAddress) -> Grant? {
    guard case .everything = grant, address.account == self.address.account else { return nil }
    return .everything
  }
}
