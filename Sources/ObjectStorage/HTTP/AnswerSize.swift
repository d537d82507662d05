import NIOHTTP1

/// How large an object is, from the headers of an answer with all of it or with a range.
enum AnswerSize {
  static func whole(
    _ headers: HTTPHeaders, status: Int, offset: Int64, service: String
  ) throws(ObjectStorageError) -> Int64 {
    guard status == 206 else {
      guard offset == 0 else {
        throw .failed(service: service, status: status, text: "a part of the object was asked for, all of it came")
      }
      guard let size = headers.first(name: "Content-Length").flatMap({ Int64($0) }), size >= 0 else {
        throw .failed(service: service, status: status, text: "the answer has no Content-Length")
      }
      return size
    }
    // bytes 100-199/200
    let text = headers.first(name: "Content-Range") ?? ""
    let words = text.split(whereSeparator: { " -/".contains($0) })
    guard words.count == 4, words[0] == "bytes", Int64(words[1]) == offset, let last = Int64(words[2]),
      let size = Int64(words[3]), last == size - 1
    else {
      throw .failed(service: service, status: status, text: "the bytes from \(offset) were asked for, \(text) came")
    }
    return size
  }
}
