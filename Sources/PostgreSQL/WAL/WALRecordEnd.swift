extension LSN {
  /// Where a record of this length ends that begins here; the next one begins there.
  ///
  /// Records are padded to eight bytes, and go on behind the headers of the pages they cross: 24 bytes, at the beginning
  /// of a segment 40 (src/include/access/xlog_internal.h, pages of 8 kB).
  public func recordEnd(length: UInt32, segmentSize: WALSegmentSize) -> LSN {
    let page: UInt64 = 8192
    var rest = (UInt64(length) + 7) & ~7
    var at = byte
    while rest > page - at % page {
      rest -= page - at % page
      at += page - at % page
      at += at % segmentSize.bytes == 0 ? 40 : 24
    }
    return LSN(at + rest)
  }
}
