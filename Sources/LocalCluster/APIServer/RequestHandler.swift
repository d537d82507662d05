import Foundation
import Kubernetes
import NIOHTTP1
import Web

/// Answers every request: who asks, what for, whether they may, and what the answer is.
struct RequestHandler: Sendable {
  let core: APICore
  let discovery: Discovery
  let documents: OpenAPIDocuments

  func respond(_ request: HTTPRequest) async -> HTTPResponse {
    let warnings = Warnings()
    var response: HTTPResponse
    do {
      response = try await answer(request, warnings)
    } catch {
      response = Self.render(error)
      if error.code >= 500 {
        core.logger.error(
          "request failed", metadata: ["method": "\(request.method)", "path": "\(request.path)", "error": "\(error)"])
      }
    }
    for line in warnings.headerValues { response.headers.add(name: "Warning", value: line) }
    response.headers.add(name: "Cache-Control", value: "no-cache, private")
    return response
  }

  static func render(_ error: StatusError) -> HTTPResponse {
    var response = HTTPResponse.json(error.json.serialized(), status: error.code)
    if let seconds = error.retryAfter { response.headers.add(name: "Retry-After", value: String(seconds)) }
    if error.code == 401 { response.headers.add(name: "WWW-Authenticate", value: "Bearer") }
    return response
  }

  private func answer(_ http: HTTPRequest, _ warnings: Warnings) async throws(StatusError) -> HTTPResponse {
    let authenticated = try await Authenticator(tokens: core.tokens, store: core.store).identify(http)
    let user = try core.actingUser(http, user: authenticated)
    guard let target = ResourceTarget(segments: http.segments) else {
      let path = "/" + http.segments.joined(separator: "/")
      try core.authorize(path: path, method: http.method, user: user)
      return try document(path, http)
    }
    let isWatch = QueryFlag.isSet(http.query("watch"))
    guard let verb = RequestVerb(method: http.method, hasName: target.name != nil, isWatch: isWatch) else {
      throw .methodNotAllowed
    }
    let request = APIRequest(http: http, target: target, verb: verb, user: user, warnings: warnings)
    try core.authorize(request)
    guard let resource = core.registry.find(group: target.group, version: target.version, plural: target.resource)
    else { throw .noSuchPath }
    guard resource.type.isNamespaced || target.namespace == nil || target.resource == "namespaces" else {
      throw .noSuchPath
    }
    return try await ObjectHandler(core: core, resource: resource, request: request).respond()
  }

  /// Paths that are no resources.
  private func document(_ path: String, _ http: HTTPRequest) throws(StatusError) -> HTTPResponse {
    guard http.method == "GET" || http.method == "HEAD" else { throw .methodNotAllowed }
    switch path {
    case "/healthz", "/livez", "/readyz": return .text("ok")
    case "/version": return json(ServerVersion.json)
    case "/api": return aggregated(http, core: true) ?? json(discovery.coreVersions)
    case "/apis": return aggregated(http, core: false) ?? json(discovery.groups)
    case "/openapi/v3": return json(documents.index)
    case "/openapi/v2":
      // kubectl validates by it where it finds no OpenAPI v3 for a kind that has just been defined, and lets pass what
      // it does not know. It asks for protobuf, in which the empty document has no bytes.
      let wantsProtobuf = http.headers[canonicalForm: "accept"].contains { $0.contains("proto-openapi.spec.v2") }
      if wantsProtobuf { return HTTPResponse(status: 200, headers: ["content-type": Self.openAPIProtobuf]) }
      return json(
        [
          "swagger": "2.0", "info": ["title": "Kubernetes", "version": .string(ServerVersion.gitVersion)], "paths": [:],
        ])
    case "/.well-known/openid-configuration": return json(core.tokens.discovery)
    case "/openid/v1/jwks":
      return HTTPResponse(
        status: 200, headers: ["content-type": "application/jwk-set+json"],
        body: .bytes((["keys": [core.tokens.publishedKey]] as JSON).serialized()))
    case "/":
      return json(["paths": ["/api", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version"]])
    default: break
    }
    if path.hasPrefix("/openapi/v3/"), let document = documents.document(String(path.dropFirst(12))) {
      return .json(document)
    }
    let parts = http.segments
    if parts.first == "api", parts.count == 2, let list = discovery.resources(group: "", version: parts[1]) {
      return json(list)
    }
    if parts.first == "apis", parts.count == 2, let group = discovery.group(named: parts[1]) { return json(group) }
    if parts.first == "apis", parts.count == 3, let list = discovery.resources(group: parts[1], version: parts[2]) {
      return json(list)
    }
    throw .noSuchPath
  }

  private static let openAPIProtobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"

  private func json(_ value: JSON) -> HTTPResponse { .json(value.serialized()) }

  /// Everything at once, for a client that asks for it so.
  private func aggregated(_ http: HTTPRequest, core: Bool) -> HTTPResponse? {
    let type = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
    let wanted = http.headers[canonicalForm: "accept"].contains { alternative in
      Set(alternative.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) })
        == Set(type.split(separator: ";").map(String.init))
    }
    guard wanted else { return nil }
    return HTTPResponse(
      status: 200, headers: ["content-type": type], body: .bytes(discovery.aggregated(core: core).serialized()))
  }
}
