/// Something that happened to an object.
public struct Event: APIObject {
  public static let resource = ResourceType(kind: "Event", plural: "events", shortNames: ["ev"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field public var type: String?
  @Field public var action: String?
  @Field("", .count) public var count: Int?
  @Field public var eventTime: String?
  @Field public var firstTimestamp: String?
  @Required public var involvedObject: ObjectReference
  @Field public var lastTimestamp: String?
  @Field public var message: String?
  @Field public var reason: String?
  @Field public var related: ObjectReference?
  @Field public var reportingComponent: String?
  @Field public var reportingInstance: String?
  @Field public var series: EventSeries?
  @Field public var source: EventSource?

  public init() {}
}

/// Who reports it.
public struct EventSource: Declared {
  @Field public var component: String?
  @Field public var host: String?

  public init() {}
}

/// How often it happened.
public struct EventSeries: Declared {
  @Field("", .count) public var count: Int?
  @Field public var lastObservedTime: String?

  public init() {}
}
