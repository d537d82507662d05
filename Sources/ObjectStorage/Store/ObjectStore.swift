import NIOCore

/// Where objects are kept: a bucket, a container or a directory, from one root on.
///
/// One protocol for all services. What they have in common is built on it once: uploads of unknown length
/// (``ObjectStore/upload(to:options:expectedSize:parallel:body:)``), listings over all pages, downloads that go on where a
/// connection broke (``ObjectStore/download(_:from:)``). A driver has only single steps, each of which can be repeated, and
/// retries what may succeed later (``RetryPolicy``) before it throws.
///
/// Every method throws ``ObjectStorageError`` or `CancellationError`.
public protocol ObjectStore: Sendable {
  /// For people, in messages: `azure://account/container/path`. Without secrets.
  var location: String { get }

  /// Who we are to the store, for people: `The identity with client id …`. Empty where it does not ask.
  var identity: String { get }

  /// What is known of an object; nil where there is none.
  func information(of key: ObjectKey) async throws -> ObjectInformation?

  /// Reads an object from a byte on, over one connection: when that breaks, the body throws. Readers of more than a few
  /// bytes want ``download(_:from:)``.
  ///
  /// - Throws: ``ObjectStorageError/notFound(_:)`` where there is none.
  func read(_ key: ObjectKey, from offset: Int64) async throws -> ObjectContent

  /// Writes a whole object, replacing what there is, or not at all. Once it returns the service has confirmed it, and what
  /// arrived is what was sent (checksum).
  func write(_ bytes: ByteBuffer, to key: ObjectKey, options: WriteOptions) async throws

  /// One page of the objects whose names begin with `prefix`, in order of name.
  ///
  /// - Parameters:
  ///   - prefix: compared with the text of keys, so usually it ends in a slash; empty: everything.
  ///   - isFlat: false: of names with a further slash behind the prefix only the part up to it is told, once.
  ///   - token: where the page before ended; nil for the first.
  func list(_ prefix: String, isFlat: Bool, after token: String?) async throws -> ObjectListing

  /// Removes objects; those that are not there are no error.
  func delete(_ keys: [ObjectKey]) async throws

  /// How large the parts of an upload may be and how many.
  var partLimits: PartLimits { get }

  /// Begins an object that is written in parts. Nobody sees it until it is completed.
  func beginParts(of key: ObjectKey, options: WriteOptions) async throws -> PartedObject

  /// Writes a part. Numbers count from 1; they may arrive in any order, at the same time and again, unless
  /// ``PartLimits/areInOrder`` says otherwise.
  func writePart(_ bytes: ByteBuffer, number: Int, of object: PartedObject) async throws -> WrittenPart

  /// Makes the object of its parts, which are in order, replacing what there is.
  func completeParts(_ parts: [WrittenPart], of object: PartedObject) async throws

  /// Gives an unfinished object up, so that its parts cost nothing.
  func abandonParts(of object: PartedObject) async throws

  /// Closes the connections; called once, when nothing uses the store any more.
  func shutdown() async
}

/// What a store tells of an object.
public struct ObjectInformation: Sendable, Equatable {
  public var key: ObjectKey
  /// In bytes.
  public var size: Int64
  /// Changes with every write; quoted as the service has it. Nil where a service tells none.
  public var tag: String?
  /// Seconds since 1970, UTC.
  public var modified: Double?
  /// Of the whole content. Nil where the service keeps none, and in listings.
  public var checksum: ObjectChecksum?

  public init(
    key: ObjectKey, size: Int64, tag: String? = nil, modified: Double? = nil, checksum: ObjectChecksum? = nil
  ) {
    self.key = key
    self.size = size
    self.tag = tag
    self.modified = modified
    self.checksum = checksum
  }
}

/// One page of a listing.
public struct ObjectListing: Sendable, Equatable {
  public var objects: [ObjectInformation]
  /// What is told instead of the names below: each ends in a slash.
  public var prefixes: [String]
  /// Nil after the last page.
  public var next: String?

  public init(objects: [ObjectInformation] = [], prefixes: [String] = [], next: String? = nil) {
    self.objects = objects
    self.prefixes = prefixes
    self.next = next
  }
}

/// How an object is written.
public struct WriteOptions: Sendable, Equatable {
  public var tags: [String: String]
  public var encryption: ServerSideEncryption?

  public init(tags: [String: String] = [:], encryption: ServerSideEncryption? = nil) {
    self.tags = tags
    self.encryption = encryption
  }
}

/// S3's `x-amz-server-side-encryption`. Azure and Google encrypt everything; there it has no effect.
public enum ServerSideEncryption: String, Sendable, Equatable {
  case aes256 = "AES256"
  case kms = "aws:kms"
}

/// What a service asks of the parts of an object: all but the last have at least `minimum` bytes.
public struct PartLimits: Sendable, Equatable {
  /// Bytes.
  public var minimum: Int
  /// Bytes.
  public var maximum: Int
  public var count: Int
  /// Part after part, each once and when the one before is written: a file grows at its end.
  public var areInOrder: Bool
  /// Whether the finished object keeps the MD5 of the whole, given as ``PartedObject/md5``.
  public var keepsChecksum: Bool

  public init(minimum: Int, maximum: Int, count: Int, areInOrder: Bool = false, keepsChecksum: Bool = false) {
    self.minimum = minimum
    self.maximum = maximum
    self.count = count
    self.areInOrder = areInOrder
    self.keepsChecksum = keepsChecksum
  }
}

/// An object that is being written in parts.
public struct PartedObject: Sendable, Equatable {
  public var key: ObjectKey
  /// The service's name for it.
  public var id: String
  public var options: WriteOptions
  /// Of the whole content, once it is known: before the parts are completed.
  public var md5: [UInt8]?

  public init(key: ObjectKey, id: String, options: WriteOptions) {
    self.key = key
    self.id = id
    self.options = options
  }
}

/// A part that the service has confirmed.
public struct WrittenPart: Sendable, Equatable {
  public var number: Int
  /// What the service calls it: an ETag, a block id.
  public var tag: String

  public init(number: Int, tag: String) {
    self.number = number
    self.tag = tag
  }
}

extension ObjectStore {
  public var identity: String { "" }

  /// Everything that begins with the prefix, page after page.
  ///
  /// - Parameter limit: of objects; a bucket that holds more is refused rather than held in memory.
  public func objects(_ prefix: String, limit: Int = 10_000_000) async throws -> [ObjectInformation] {
    var found: [ObjectInformation] = []
    var token: String?
    repeat {
      let page = try await list(prefix, isFlat: true, after: token)
      found += page.objects
      if found.count > limit { throw ObjectStorageError.tooMany(prefix: prefix, limit: limit) }
      token = page.next
    } while token != nil
    return found
  }

  /// The names directly below the prefix, without their closing slash: `20261127T101500`.
  public func folders(_ prefix: String) async throws -> [String] {
    var found: [String] = []
    var token: String?
    repeat {
      let page = try await list(prefix, isFlat: false, after: token)
      found += page.prefixes.map { String($0.dropFirst(prefix.count).dropLast()) }
      token = page.next
    } while token != nil
    return found
  }
}
