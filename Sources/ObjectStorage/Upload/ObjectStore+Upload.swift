import NIOCore

extension ObjectStore {
  /// Uploads an object whose content is made while it is sent.
  ///
  /// Nobody sees the object before this returns; where it throws there is none, and what was sent of it is given up. What
  /// fits into one part is written with a single request. Memory: at most `parallel` + 1 parts (``PartSizes``).
  ///
  /// - Parameters:
  ///   - expectedSize: bytes, where it is known about; the parts are then large enough from the start.
  ///   - parallel: parts on their way at the same time.
  ///   - body: writes the content; where it throws the upload is abandoned.
  /// - Returns: the number of bytes.
  @discardableResult
  public func upload(
    to key: ObjectKey, options: WriteOptions = WriteOptions(), expectedSize: Int64? = nil, parallel: Int = 4,
    body: (UploadWriter) async throws -> Void
  ) async throws -> Int64 {
    let upload = PartedUpload(self, key: key, options: options, expectedSize: expectedSize, parallel: parallel)
    do {
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await upload.run() }
        do {
          try await body(UploadWriter { try await upload.write($0) })
          try await upload.finish()
        } catch {
          group.cancelAll()
          throw error
        }
        try await group.waitForAll()
      }
      try await upload.complete()
      return upload.total
    } catch {
      if let object = upload.begun { await giveUp(object) }
      throw error
    }
  }

  /// Also when we are cancelled: unfinished parts cost money. But then somebody waits for the end, and services that cannot be
  /// reached forget them by their own rules.
  private func giveUp(_ object: PartedObject) async {
    let limit: Duration = Task.isCancelled ? .seconds(1) : .seconds(15)
    await Task {
      try? await withTimeLimit(limit) { try await abandonParts(of: object) }
    }.value
  }
}
