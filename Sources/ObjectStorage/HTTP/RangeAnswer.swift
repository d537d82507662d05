import NIOCore
import NIOHTTP1

/// An object's bytes from an offset on, as services answer: with that range, with everything, or with 416 where there is nothing.
extension StreamedAnswer {
  /// By the header, since rclone says 200 with it.
  var isRange: Bool { status == 206 || headers.contains(name: "Content-Range") }

  /// The content from the offset on. Who was asked for a range may answer with everything (RFC 9110, section 14.2).
  func content(_ information: ObjectInformation, from offset: Int64) throws(ObjectStorageError) -> ObjectContent {
    if isRange || offset == 0 { return ObjectContent(information, from: offset, bytes: body) }
    guard offset <= information.size else {
      throw .failed(
        service: body.service, status: 416,
        text: "\(information.key) has \(information.size) bytes, byte \(offset) was asked for")
    }
    return ObjectContent(information, from: offset, bytes: SkippingBody(body: body, count: offset))
  }

  /// How large the whole object is.
  func size(from offset: Int64) throws(ObjectStorageError) -> Int64 {
    guard isRange else { return try ObjectInformation.size(headers, service: body.service) }
    // bytes 100-199/200
    let text = headers.first(name: "Content-Range") ?? ""
    let words = text.split(whereSeparator: { " -/".contains($0) })
    guard words.count == 4, words[0] == "bytes", Int64(words[1]) == offset, let last = Int64(words[2]),
      let size = Int64(words[3]), last == size - 1
    else {
      throw .failed(
        service: body.service, status: status, text: "the bytes from \(offset) were asked for, \(text) came")
    }
    return size
  }
}

extension ObjectInformation {
  static func size(_ headers: HTTPHeaders, service: String) throws(ObjectStorageError) -> Int64 {
    guard let size = headers.first(name: "Content-Length").flatMap({ Int64($0) }), size >= 0 else {
      throw .failed(service: service, status: 200, text: "the answer has no Content-Length")
    }
    return size
  }
}

extension ObjectStore {
  /// Runs the body; where the service says that there is no byte from the offset on, that is right at the object's end.
  func allowingEnd(
    of key: ObjectKey, at offset: Int64, _ body: () async throws -> ObjectContent
  ) async throws -> ObjectContent {
    do {
      return try await body()
    } catch ObjectStorageError.failed(let service, 416, let text) {
      guard let information = try await information(of: key) else { throw ObjectStorageError.notFound(key) }
      guard information.size == offset else {
        throw ObjectStorageError.failed(service: service, status: 416, text: text)
      }
      return ObjectContent(information, from: offset, bytes: NoBytes())
    }
  }
}

/// A body without its first bytes.
private struct SkippingBody: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  let body: ServiceBody
  let count: Int64

  func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: body.makeAsyncIterator(), rest: count) }

  struct AsyncIterator: AsyncIteratorProtocol {
    var base: ServiceBody.AsyncIterator
    var rest: Int64

    mutating func next() async throws -> ByteBuffer? {
      while var bytes = try await base.next() {
        let skipped = Int(Swift.min(rest, Int64(bytes.readableBytes)))
        bytes.moveReaderIndex(forwardBy: skipped)
        rest -= Int64(skipped)
        if bytes.readableBytes > 0 { return bytes }
      }
      return nil
    }
  }
}
