/// Puts a pod on a node.
public struct Binding: APIObject {
  public static let resource = ResourceType(kind: "Binding", plural: "bindings")
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Required public var target: ObjectReference

  public init() {}
}
