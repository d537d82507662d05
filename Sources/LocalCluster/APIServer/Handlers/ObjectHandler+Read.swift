import Foundation
import Kubernetes
import Web

extension ObjectHandler {
  func get() throws(StatusError) -> HTTPResponse { try answer(find(try name())) }

  func selection() throws(StatusError) -> ObjectSelection {
    try ObjectSelection(
      labels: request.query("labelSelector"), fields: request.query("fieldSelector"), resource: resource)
  }

  /// The namespace to look in; nil for all.
  var scope: String? { type.isNamespaced ? request.target.namespace : nil }

  func list() throws(StatusError) -> HTTPResponse {
    let page = try page()
    var metadata: JSON = ["resourceVersion": .string(String(page.revision))]
    if let token = page.next { metadata["continue"] = .string(token.text) }
    if page.remaining > 0, page.countsRemaining { metadata["remainingItemCount"] = .int(Int64(page.remaining)) }
    switch try request.presentation() {
    case .object:
      var body = Array(#"{"apiVersion":"\#(type.apiVersion)","items":["#.utf8)
      for (index, object) in page.objects.enumerated() {
        if index > 0 { body.append(UInt8(ascii: ",")) }
        body.append(contentsOf: try self.body(object))
      }
      body.append(contentsOf: #"],"kind":"\#(resource.listKind)","metadata":"#.utf8)
      metadata.write(to: &body)
      body.append(UInt8(ascii: "}"))
      return .json(body)
    case .table: return .json(try table(page.objects.map(presentable), metadata: metadata).serialized())
    case .partialMetadata:
      let items = try page.objects.map { object throws(StatusError) in Table.partial(try presentable(object)) }
      let list: JSON = [
        "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1", "metadata": metadata,
        "items": .array(items),
      ]
      return .json(list.serialized())
    }
  }

  private struct Page {
    var objects: [StoredObject]
    var revision: Int64
    var next: ContinueToken?
    var remaining: Int
    /// With a selector nobody knows how many of the rest match.
    var countsRemaining: Bool
  }

  private func page() throws(StatusError) -> Page {
    let selection = try selection()
    let limit = try request.query("limit").map { text throws(StatusError) in
      guard let limit = Int(text), limit >= 0 else { throw .badRequest("limit: Invalid value: \"\(text)\"") }
      return limit
    }
    var start: ContinueToken?
    if let text = request.query("continue"), !text.isEmpty {
      start = try ContinueToken(text)
    }
    var past = start?.revision
    if let text = request.query("resourceVersion"), !text.isEmpty, text != "0" {
      guard let revision = Int64(text) else { throw .badRequest("resourceVersion: Invalid value: \"\(text)\"") }
      guard revision <= store.revision else {
        throw StatusError(
          code: 504, reason: "Timeout", message: "Too large resource version: \(revision), current: \(store.revision)",
          retryAfter: 1)
      }
      if request.query("resourceVersionMatch") == "Exact" { past = revision }
    }
    let found: (objects: [StoredObject], revision: Int64)
    do {
      found = try store.list(resource.storeName, namespace: scope, at: past)
    } catch {
      guard start != nil else { throw .expired("\(error)") }
      throw .expired(
        "The provided continue parameter is too old to display a consistent list result. You can start a new list "
          + "without the continue parameter.")
    }
    var objects = found.objects.filter(selection.matches)
    if let start { objects.removeFirst(objects.partitioningIndex { $0.key.place > start.last }) }
    let countsRemaining = selection.labels == nil && selection.fields == nil
    guard let limit, limit > 0, objects.count > limit else {
      return Page(objects: objects, revision: found.revision, remaining: 0, countsRemaining: countsRemaining)
    }
    let last = objects[limit - 1].key.place
    return Page(
      objects: Array(objects[..<limit]), revision: found.revision,
      next: ContinueToken(revision: found.revision, last: last), remaining: objects.count - limit,
      countsRemaining: countsRemaining)
  }
}

/// Where the next page of a list begins: after an object, at the revision of the first page.
struct ContinueToken {
  var revision: Int64
  var last: StoreKey.Place

  init(revision: Int64, last: StoreKey.Place) {
    self.revision = revision
    self.last = last
  }

  init(_ text: String) throws(StatusError) {
    guard let data = Data(base64Encoded: text), let value = try? JSON(parsing: data),
      let revision = value["rv"]?.intValue, let namespace = value["namespace"]?.stringValue,
      let name = value["name"]?.stringValue
    else { throw .badRequest("continue key is not valid: take it from the metadata of the previous page") }
    self.init(revision: revision, last: StoreKey.Place(namespace: namespace, name: name))
  }

  var text: String {
    let value: JSON = ["rv": .int(revision), "namespace": .string(last.namespace), "name": .string(last.name)]
    return Data(value.serialized()).base64EncodedString()
  }
}
