/// How many standbys have to confirm, and which may.
public struct Policy: Sendable, Hashable {
  /// What happens with fewer well standbys than that.
  public enum Durability: Sendable, Hashable {
    /// Commits wait.
    case required
    /// So many as there are.
    case preferred
  }

  /// Confirmations wanted.
  public var number = 0
  /// Confirmations asked for when fewer than ``number`` standbys are well (`minSyncReplicas`).
  public var minimum = 0
  public var durability = Durability.preferred
  public var method = StandbyRequirement.Method.any
  /// The instances of the Cluster, in the order in which they count.
  public var instances: [String] = []
  /// Those that may confirm; the others stay asynchronous.
  public var eligible: Set<String> = []
  /// Names in the spec that are no instances and come before or after them: they never promise.
  public var before: [String] = []
  public var after: [String] = []

  public init() {}

  /// Whether a member may confirm: an instance that is eligible, or a name that is no instance.
  func admits(_ name: String) -> Bool { eligible.contains(name) || !instances.contains(name) }

  /// How many confirmations to ask for while so many standbys are well.
  func confirmations(well: Int) -> Int {
    switch durability {
    case .required: number
    case .preferred: min(well < number ? minimum : number, well)
    }
  }
}
