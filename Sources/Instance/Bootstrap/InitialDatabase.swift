import ClusterAPI
import PostgreSQL

/// What `spec.bootstrap.initdb` asks for, with its defaults.
struct InitialDatabase: Sendable, Equatable {
  var database: String
  var owner: String
  /// initdb's arguments, without directories.
  var options: [String]

  /// - Throws: ``InstanceProblem/unsupported(_:)`` for a way of bootstrapping that is not built yet.
  init(_ bootstrap: Bootstrap?, version: ServerVersion, isVerbose: Bool = false) throws(InstanceProblem) {
    let initdb = bootstrap?.initdb
    if initdb?.import != nil {
      throw .unsupported("spec.bootstrap.initdb.import is not supported yet; remove it.")
    }
    database = initdb?.database ?? "app"
    owner = initdb?.owner ?? database
    options = Self.options(initdb, version: version, isVerbose: isVerbose)
  }

  private static func options(_ initdb: InitDBBootstrap?, version: ServerVersion, isVerbose: Bool) -> [String] {
    if let options = initdb?.options, !options.isEmpty { return options }
    var options: [String] = []
    switch initdb?.dataChecksums {
    case true?: options.append("--data-checksums")
    // From 18 on checksums are initdb's default.
    case false? where version.major >= 18: options.append("--no-data-checksums")
    default: break
    }
    if isVerbose { options.append("--debug") }
    options.append("--encoding=\(initdb?.encoding ?? "UTF8")")
    func add(_ name: String, _ value: String?) {
      if let value, !value.isEmpty { options.append("--\(name)=\(value)") }
    }
    add("locale", initdb?.locale)
    // `C` is the default of the two categories only where no locale speaks for all.
    add("lc-collate", initdb?.localeCollate ?? (initdb?.locale == nil ? "C" : nil))
    add("lc-ctype", initdb?.localeCType ?? (initdb?.locale == nil ? "C" : nil))
    add("locale-provider", initdb?.localeProvider)
    add("icu-locale", initdb?.icuLocale)
    add("icu-rules", initdb?.icuRules)
    add("builtin-locale", initdb?.builtinLocale)
    add("wal-segsize", initdb?.walSegmentSize.map { String($0) })
    return options
  }
}
