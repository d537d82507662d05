/// The objects of a kind as they were at one moment.
public struct ObjectList<Object: Sendable>: Sendable {
  public var items: [Object]
  /// Where a watch continues.
  public var resourceVersion: String

  public init(items: [Object], resourceVersion: String) {
    self.items = items
    self.resourceVersion = resourceVersion
  }
}
