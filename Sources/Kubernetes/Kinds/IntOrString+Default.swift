extension IntOrString: DefaultInitializable {
  public init() { self = .int(0) }
}
