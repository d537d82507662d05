/// One aspect of an object's state (API conventions, "Typical status properties").
public struct Condition: Declared {
  @Required public var status: String
  @Required public var type: String
  @Required public var lastTransitionTime: String
  @Required public var message: String
  @Field public var observedGeneration: Int?
  @Required public var reason: String

  public init() {}
}
