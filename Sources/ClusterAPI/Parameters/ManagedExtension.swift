/// An extension that is switched on by giving one of its parameters.
public struct ManagedExtension: Sendable, Equatable {
  public let name: String
  /// What has to be in shared_preload_libraries.
  public let library: String
  /// The beginning of its parameters' names.
  public let parameterPrefix: String
  /// Whether CREATE EXTENSION is done in every database; otherwise the library is all there is.
  public let hasObjects: Bool

  init(_ name: String, hasObjects: Bool) {
    self.name = name
    library = name
    parameterPrefix = name + "."
    self.hasObjects = hasObjects
  }

  /// In the order in which their libraries are loaded.
  public static let all = [
    ManagedExtension("pgaudit", hasObjects: true),
    ManagedExtension("pg_stat_statements", hasObjects: true),
    ManagedExtension("auto_explain", hasObjects: false),
    ManagedExtension("pg_failover_slots", hasObjects: false),
  ]

  /// Whether the parameters ask for it.
  public func isUsed(by parameters: [String: String]) -> Bool {
    parameters.keys.contains { $0.lowercased().hasPrefix(parameterPrefix) }
  }

  /// What goes into shared_preload_libraries: the user's libraries first, none twice.
  public static func preloadedLibraries(user: [String], parameters: [String: String]) -> [String] {
    var libraries: [String] = []
    for library in user + all.filter({ $0.isUsed(by: parameters) }).map(\.library)
    where !library.isEmpty && !libraries.contains(library) {
      libraries.append(library)
    }
    return libraries
  }
}
