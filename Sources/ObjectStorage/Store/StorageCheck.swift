import NIOCore

/// One step of looking whether a store can be used, and what came of it: for people and, coded, for programs.
public struct StorageCheckStep: Sendable, Equatable, Codable {
  public enum Kind: String, Sendable, Codable, CaseIterable {
    /// Proves who we are, where that takes a token, and asks about an object.
    case authenticate
    case write
    case list
    case read
    case delete
  }

  public var kind: Kind
  /// What was done, or why it could not be.
  public var text: String
  public var isPassed: Bool
  /// Seconds.
  public var duration: Double
}

extension ObjectStore {
  /// Writes, lists, reads and removes one object, and says of each step what came of it. After one that failed nothing follows
  /// but the removal of what was written.
  ///
  /// - Parameter report: called after each step.
  /// - Returns: all steps; the store can be used where all are passed.
  @discardableResult
  public func check(report: (StorageCheckStep) -> Void = { _ in }) async -> [StorageCheckStep] {
    var steps: [StorageCheckStep] = []
    func step(_ kind: StorageCheckStep.Kind, _ body: () async throws -> String) async -> Bool {
      let start = ContinuousClock.now
      var step = StorageCheckStep(kind: kind, text: "", isPassed: true, duration: 0)
      do { step.text = try await body() } catch { (step.text, step.isPassed) = ("\(error)", false) }
      step.duration = (.now - start) / .seconds(1)
      steps.append(step)
      report(step)
      return step.isPassed
    }
    let name = "matriarch-storage-check/\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
    let bytes = ByteBuffer(string: "Written by \"matriarch storage check\"; it may be removed.\n\(name)\n")
    guard let key = try? ObjectKey(name) else { return [] }
    let recognized = identity.isEmpty ? "" : ". \(identity) is accepted"
    let isAuthenticated = await step(.authenticate) {
      do {
        _ = try await objects("\(name)/", limit: 1)
        return "\(location) answers\(recognized)."
      } catch ObjectStorageError.noBucket(let name, _) {
        return "\(location) answers\(recognized). \(name) does not exist yet."
      }
    }
    guard isAuthenticated else { return steps }
    let isWritten = await step(.write) {
      try await write(bytes, to: key, options: WriteOptions())
      return "Wrote \(key), \(bytes.readableBytes) bytes."
    }
    guard isWritten else { return steps }
    let isListed = await step(.list) {
      guard try await objects(name, limit: 10).contains(where: { $0.key == key }) else {
        throw ObjectStorageError.corrupted("\(key) is not in the listing although it was just written.")
      }
      return "Found \(key) in the listing."
    }
    if isListed {
      _ = await step(.read) {
        guard try await download(key).collect(limit: 4096) == bytes else {
          throw ObjectStorageError.corrupted("What was read of \(key) is not what was written.")
        }
        return "Read \(key) back; it is what was written."
      }
    }
    _ = await step(.delete) {
      try await delete([key])
      guard try await information(of: key) == nil else {
        throw ObjectStorageError.corrupted("\(key) is still there although it was removed.")
      }
      return "Removed \(key)."
    }
    return steps
  }
}
