extension Constraint {
  /// Strategic merge patches merge the list's elements by this member, and `$retainKeys` in an element removes the
  /// members it does not name: for unions such as a volume and its one source.
  static func patchMergeRetainingKeys(key: String) -> Constraint {
    .refine {
      $0.patchMergeKey = key
      $0.patchStrategy = "merge,retainKeys"
    }
  }
}
