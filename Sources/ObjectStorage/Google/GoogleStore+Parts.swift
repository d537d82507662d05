import NIOCore
import NIOHTTP1
import Synchronization

/// Large objects go through one resumable upload, part after part ("Resumable uploads", Google Cloud): it needs no names of its
/// own in the bucket, nobody sees the object before the end, and the service drops what is never finished after a week.
extension GoogleStore {
  public var partLimits: PartLimits {
    PartLimits(
      minimum: ResumableSession.unit, maximum: 1 << 30, count: 1_000_000, areInOrder: true, keepsChecksum: true)
  }

  public func beginParts(of key: ObjectKey, options: WriteOptions) async throws -> PartedObject {
    let request = try await beginSession(of: key, options: options)
    return PartedObject(key: key, id: sessions.add(ResumableSession(request: request)), options: options)
  }

  public func writePart(_ bytes: ByteBuffer, number: Int, of object: PartedObject) async throws -> WrittenPart {
    var session = try sessions.begin(number, of: object)
    session.pending.writeImmutableBuffer(bytes)
    // The rest waits for more, or for the end: only the end may be of any length.
    let whole = session.pending.readableBytes / ResumableSession.unit * ResumableSession.unit
    if whole > 0, let piece = session.pending.readSlice(length: whole) {
      _ = try await send(piece, of: session, total: nil)
      session.position += Int64(whole)
      session.pending = ByteBuffer(bytes: session.pending.readableBytesView)
    }
    sessions.update(session, of: object)
    return WrittenPart(number: number, tag: String(number))
  }

  public func completeParts(_ parts: [WrittenPart], of object: PartedObject) async throws {
    let session = try sessions.complete(parts, of: object)
    let total = session.position + Int64(session.pending.readableBytes)
    guard let answer = try await send(session.pending, of: session, total: total) else {
      throw ObjectStorageError.failed(
        service: dialect.service, status: 308, text: "the upload of \(object.key) did not end")
    }
    let made = try self.object(answer)
    guard made.size == String(total) else {
      throw ObjectStorageError.corrupted(
        "Of object \(object.key) \(made.size ?? "no") bytes arrived instead of \(total).")
    }
    if let md5 = object.md5 { try await verify(made, md5, object.key) }
    sessions.remove(object)
  }

  public func abandonParts(of object: PartedObject) async throws {
    guard var request = sessions.remove(object)?.request else { return }
    request.method = .DELETE
    // The service says 499 where it has given the upload up.
    do {
      _ = try await client.send(request, as: dialect)
    } catch ObjectStorageError.notFound {
    } catch ObjectStorageError.failed {}
  }

  /// Sends the next piece; where only some of it arrived, the rest again.
  ///
  /// - Parameter total: of the whole object, with its last piece.
  /// - Returns: the finished object, after the last piece.
  private func send(_ piece: ByteBuffer, of session: ResumableSession, total: Int64?) async throws -> ServiceAnswer? {
    let resumable = ResumableDialect(dialect: dialect)
    let end = session.position + Int64(piece.readableBytes)
    var (rest, position, tries) = (piece, session.position, 0)
    while true {
      var request = session.request
      request.body = rest
      let size = total.map(String.init) ?? "*"
      let range = rest.readableBytes > 0 ? "\(position)-\(end - 1)" : "*"
      request.headers.add(name: "Content-Range", value: "bytes \(range)/\(size)")
      let answer = try await client.send(request, as: resumable)
      guard answer.status == 308 else { return answer }
      let arrived = Self.arrived(answer.headers)
      if total == nil, arrived == end { return nil }
      tries += 1
      guard tries < 10, arrived >= position, arrived <= end else {
        throw ObjectStorageError.unavailable(
          service: dialect.service, text: "of \(end) bytes \(arrived) arrived")
      }
      rest.moveReaderIndex(forwardBy: Int(arrived - position))
      position = arrived
    }
  }

  /// `Range: bytes=0-42`; without it nothing arrived.
  private static func arrived(_ headers: HTTPHeaders) -> Int64 {
    guard let last = headers.first(name: "Range")?.split(separator: "-").last.flatMap({ Int64($0) }), last < .max else {
      return 0
    }
    return last + 1
  }
}

/// One upload that is going on.
struct ResumableSession: Sendable {
  /// Pieces are multiples of it, except for the last.
  static let unit = 256 << 10

  var request: ServiceRequest
  /// So many bytes have arrived.
  var position: Int64 = 0
  /// Less than a unit.
  var pending = ByteBuffer()
  /// Of parts that were begun.
  var count = 0
}

/// The uploads of this process. After a crash nobody goes on with them.
final class ResumableSessions: Sendable {
  private let sessions = Mutex<[String: ResumableSession]>([:])
  private let next = Atomic(0)

  func add(_ session: ResumableSession) -> String {
    let id = String(next.add(1, ordering: .relaxed).newValue)
    sessions.withLock { $0[id] = session }
    return id
  }

  func begin(_ number: Int, of object: PartedObject) throws(ObjectStorageError) -> ResumableSession {
    let session = sessions.withLock { sessions -> ResumableSession? in
      guard sessions[object.id]?.count == number - 1 else { return nil }
      sessions[object.id]?.count = number
      return sessions[object.id]
    }
    guard let session else {
      throw .failed(
        service: "Google Cloud Storage", status: 400, text: "part \(number) of \(object.key) is not the next one")
    }
    return session
  }

  func update(_ session: ResumableSession, of object: PartedObject) {
    sessions.withLock { if $0[object.id] != nil { $0[object.id] = session } }
  }

  func complete(_ parts: [WrittenPart], of object: PartedObject) throws(ObjectStorageError) -> ResumableSession {
    guard let session = sessions.withLock({ $0[object.id] }), parts.map(\.number) == Array(1..<session.count + 1) else {
      throw .failed(
        service: "Google Cloud Storage", status: 400, text: "the parts of \(object.key) are not those written")
    }
    return session
  }

  @discardableResult
  func remove(_ object: PartedObject) -> ResumableSession? { sessions.withLock { $0.removeValue(forKey: object.id) } }
}

/// In a resumable upload 308 is no redirection: it says how much has arrived.
private struct ResumableDialect: ServiceDialect {
  let dialect: GoogleDialect
  var service: String { dialect.service }

  func authorize(_ request: inout ServiceRequest) async throws { try await dialect.authorize(&request) }

  func judge(_ answer: ServiceAnswer, to request: ServiceRequest) async -> Judgement {
    await dialect.judge(answer, to: request)
  }

  func isRefusal(_ answer: ServiceAnswer) -> Bool { answer.status >= 300 && answer.status != 308 }
}
