import Kubernetes

/// The OpenAPI v3 document of one group and version: the operations with the query parameters that kubectl looks for,
/// and the schemas of the kinds.
struct OpenAPIDocument {
  let group: String
  let version: String
  let resources: [ResourceDefinition]

  /// `api/v1`, `apis/apps/v1`: the document's place below `/openapi/v3`.
  var path: String { group.isEmpty ? "api/\(version)" : "apis/\(group)/\(version)" }

  var json: JSON {
    var paths: [String: JSON] = [:]
    var schemas: [String: JSON] = [:]
    for resource in resources {
      schemas[Self.componentName(resource.type)] = component(resource)
      add(resource, to: &paths)
    }
    return [
      "openapi": "3.0.0", "info": ["title": "Kubernetes", "version": .string(ServerVersion.gitVersion)],
      "paths": .object(paths), "components": ["schemas": .object(schemas)],
    ]
  }

  /// `io.k8s.api.core.v1.Pod` for kinds that Kubernetes has, `io.cnpg.postgresql.v1.Cluster` for others.
  static func componentName(_ type: ResourceType) -> String {
    if type.group.isEmpty { return "io.k8s.api.core.\(type.version).\(type.kind)" }
    if !type.group.contains(".") || type.group.hasSuffix(".k8s.io") {
      let short = type.group.split(separator: ".").first.map(String.init) ?? type.group
      let prefix = short == "apiextensions" ? "io.k8s.apiextensions-apiserver.pkg.apis" : "io.k8s.api"
      return "\(prefix).\(short).\(type.version).\(type.kind)"
    }
    return type.group.split(separator: ".").reversed().joined(separator: ".") + ".\(type.version).\(type.kind)"
  }

  private func component(_ resource: ResourceDefinition) -> JSON {
    var schema = resource.schema.openAPI()
    schema["x-kubernetes-group-version-kind"] = [gvk(resource.type)]
    return schema
  }

  private func gvk(_ type: ResourceType) -> JSON {
    ["group": .string(type.group), "version": .string(type.version), "kind": .string(type.kind)]
  }

  private func add(_ resource: ResourceDefinition, to paths: inout [String: JSON]) {
    let type = resource.type
    let base = "/\(path)" + (type.isNamespaced ? "/namespaces/{namespace}" : "") + "/\(type.plural)"
    let place = type.isNamespaced ? [parameter("namespace", in: "path")] : []
    var collection: JSON = ["post": operation("post", resource, writes: true)]
    if !resource.isTransient {
      collection["get"] = operation("list", resource, writes: false)
      collection["delete"] = operation("deletecollection", resource, writes: false, also: ["dryRun"])
    }
    if !place.isEmpty { collection["parameters"] = .array(place) }
    paths[base] = collection
    guard !resource.isTransient else { return }
    paths["\(base)/{name}"] = item(resource, place)
    if resource.hasStatus {
      var status = item(resource, place)
      status["delete"] = nil
      paths["\(base)/{name}/status"] = status
    }
  }

  private func item(_ resource: ResourceDefinition, _ place: [JSON]) -> JSON {
    [
      "parameters": .array(place + [parameter("name", in: "path")]),
      "get": operation("get", resource, writes: false), "put": operation("put", resource, writes: true),
      "patch": operation("patch", resource, writes: true),
      "delete": operation("delete", resource, writes: false, also: ["dryRun"]),
    ]
  }

  private func operation(
    _ action: String, _ resource: ResourceDefinition, writes: Bool, also others: [String] = []
  ) -> JSON {
    let reference: JSON = ["$ref": .string("#/components/schemas/\(Self.componentName(resource.type))")]
    let names = (writes ? ["dryRun", "fieldManager", "fieldValidation"] : []) + others
    var operation: JSON = [
      "x-kubernetes-action": .string(action), "x-kubernetes-group-version-kind": gvk(resource.type),
      "operationId": .string("\(action)\(resource.type.version.capitalized)\(resource.type.kind)"),
      "parameters": .array(names.map { parameter($0, in: "query") }),
      "responses": ["200": ["description": "OK", "content": ["application/json": ["schema": reference]]]],
    ]
    if action == "post" || action == "put" {
      operation["requestBody"] = ["content": ["*/*": ["schema": reference]]]
    }
    return operation
  }

  private func parameter(_ name: String, in place: String) -> JSON {
    var parameter: JSON = ["name": .string(name), "in": .string(place), "schema": ["type": "string"]]
    if place == "path" { parameter["required"] = true }
    return parameter
  }
}

/// What `/version` says. The API is that of this Kubernetes version.
enum ServerVersion {
  static let gitVersion = "v1.34.0+matriarch"

  static let json: JSON = [
    "major": "1", "minor": "34", "gitVersion": .string(gitVersion), "gitCommit": "", "gitTreeState": "clean",
    "buildDate": "1970-01-01T00:00:00Z", "goVersion": "", "compiler": "swift", "platform": "linux/amd64",
  ]
}
