import ClusterAPI
import Failover
import Foundation
import Kubernetes
import PostgreSQL

/// What postgres has refused, so that it is not tried again until the Cluster asks for something else.
struct Refusal: Sendable, Equatable {
  /// ``InstanceController/parameterKey(_:)``, or the text of a file.
  var what: String
  var reason: String
}

extension InstanceController {
  func configuration(_ cluster: Cluster) async throws -> ServerConfiguration {
    var password: String?
    var problem: InstanceProblem?
    if let reference = cluster.spec.postgresql?.ldap?.bindSearchAuth?.bindPassword {
      do {
        password = try await controlPlane.requiredSecret(reference.name, purpose: "the password for LDAP")
          .text(reference.key)
      } catch let found as InstanceProblem {
        problem = found
      }
    }
    var configuration = ServerConfiguration(
      cluster, requirement: requirement,
      surroundings: ServerConfiguration.Surroundings(
        version: programs.version, paths: environment.paths, port: environment.port,
        operatingSystemUser: NSUserName(), ldapBindPassword: password))
    if let problem {
      configuration.hba = nil
      configuration.problem = problem
    }
    return configuration
  }

  /// Writes the configuration files. Of what the Cluster says, each part that cannot be had leaves the last good one of
  /// its kind in place; what belongs to this instance alone, or to this moment, is written nevertheless.
  ///
  /// - Parameters:
  ///   - isBootstrap: nobody but the instance manager is to be let in.
  ///   - isVolatile: nothing that postgres writes has to survive a crash.
  ///   - recovery: what a recovery of another server's data needs besides; nil where there is none.
  /// - Returns: why a part is not in force.
  /// - Throws: ``InstanceProblem/invalidConfiguration(_:)`` where there are no good parameters to go on with.
  func writeConfiguration(
    _ cluster: Cluster, role: InstanceRole, isBootstrap: Bool = false, isVolatile: Bool = false,
    recovery: [String: String]? = nil
  ) async throws -> InstanceProblem? {
    let wanted = try await configuration(cluster)
    let recovers = role == .standby || recovery != nil
    let control = recovers ? try await programs.controlData(of: environment.paths.data) : nil
    let isClosed = role == .primary && !goal.wish.doorsAreOpen
    let isNew = isClosed || Self.timeForClients(since: promotedAt) != nil
    let place: OverrideConfiguration.Place = role == .standby ? .standby : isNew ? .successor : .primary
    func override(_ parameters: [String: String]) -> OverrideConfiguration {
      var override = OverrideConfiguration(
        cluster, environment: environment, configured: parameters, control: control, version: programs.version,
        place: place)
      override.parameters.merge(recovery ?? [:]) { $1 }
      if role == .standby, fetchesFromArchive { override.parameters["restore_command"] = restoreCommand }
      return override
    }
    var problem = wanted.problem
    var parameters = wanted.parameters
    do {
      try checkRefusal(of: parameters)
      // What stands there has been judged.
      if files.contents(Self.parameterFile) != ServerConfiguration.customText(parameters) {
        try await checkExtensionParameters(parameters)
        try await files.validate(parameters, override(parameters))
      }
    } catch let found as InstanceProblem {
      guard case .invalidConfiguration = found, let earlier = files.parameters(Self.parameterFile) else { throw found }
      problem = found
      parameters = wanted.current(over: earlier)
    }
    let local = override(parameters)
    keepsRecordedParameters = local.parameters.keys.contains { Self.standbySensitive.contains($0) }
    rulesBehindDoors = nil
    var texts = [
      (Self.parameterFile, ServerConfiguration.customText(parameters)),
      ("override.conf", local.text + (isVolatile ? OverrideConfiguration.volatile : "")),
    ]
    if isBootstrap {
      texts += [(Self.ruleFile, ServerConfiguration.bootstrapHBA), (Self.mapFile, wanted.ownIdent)]
    } else {
      for (file, text, own) in [
        (Self.ruleFile, wanted.hba, wanted.ownHBA), (Self.mapFile, wanted.ident, wanted.ownIdent),
      ] {
        let rules = acceptable(text, file) ?? lastGood(file) ?? own
        if file == Self.ruleFile, isClosed {
          rulesBehindDoors = rules
          texts.append((file, ServerConfiguration.bootstrapHBA))
          continue
        }
        if let refusal = refusals[file], refusal.what == text { problem = .invalidConfiguration(refusal.reason) }
        texts.append((file, rules))
      }
    }
    let hasChanged = try await files.write(
      texts, allowsAlterSystem: cluster.spec.postgresql?.enableAlterSystem ?? false)
    if hasChanged { needsReload = true }
    if (requirement?.number ?? 0) == 0 { backendsWaitInRun = nil }
    return problem
  }

  /// Clients wait for nothing but the rules that let them in: beside the pass that is under way, not after it. Should that one
  /// close the doors again, or this fail, the next pass opens them.
  func letClientsIn() async {
    guard goal.wish.doorsAreOpen, let rules = rulesBehindDoors else { return }
    rulesBehindDoors = nil
    do { try await files.restore(Self.ruleFile, rules, waitsForDisk: false) } catch {
      logger.warning("cannot write the rules by which clients are let in", metadata: ["error": "\(error)"])
      return
    }
    await postmaster.reload()
  }

  /// What postgres asks for as the primary that it is, or would be.
  private var requirement: StandbyRequirement? {
    if case .lead(_, let requirement) = goal.wish.goal { requirement } else { goal.wish.anticipated }
  }

  static let parameterFile = "custom.conf"
  static let ruleFile = "pg_hba.conf"
  static let mapFile = "pg_ident.conf"

  /// Beside each file the one that postgres last ran with: there after a crash, too, and in a copy of the data.
  func lastGood(_ file: String) -> String? { files.contents(file + ".last-good") }

  func rememberAsGood(_ file: String) async throws {
    guard let text = files.contents(file), text != lastGood(file), text != ServerConfiguration.bootstrapHBA else {
      return
    }
    try await files.restore(file + ".last-good", text)
  }

  /// The rules or maps that the Cluster asks for, unless postgres is known or suspected not to take them.
  private func acceptable(_ text: String?, _ file: String) -> String? {
    guard let text, !startsWithGoodRules, refusals[file]?.what != text else { return nil }
    return text
  }

  /// postgres runs with what the files say: should a later configuration keep it from starting, this one is taken.
  func rememberGoodParameters() async throws {
    guard state.current.pendingRestart.isEmpty else { return }
    try await rememberAsGood(Self.parameterFile)
    refusals[Self.parameterFile] = nil
  }

  /// By this a set of parameters that was refused is known again.
  static func parameterKey(_ parameters: [String: String]) -> String {
    ConfigurationFile.render(ServerConfiguration.lasting(parameters))
  }

  private func checkRefusal(of parameters: [String: String]) throws {
    guard let refusal = refusals[Self.parameterFile], refusal.what == Self.parameterKey(parameters) else { return }
    throw InstanceProblem.invalidConfiguration(
      "spec.postgresql: PostgreSQL does not start with it: \(refusal.reason). \(ServerConfiguration.remedy)")
  }

  /// postgres ended before it took connections. With something at hand that it has run with before, that is put back.
  /// Returns whether it was.
  func fallBack(_ reason: String) async throws -> Bool {
    // "could not load /…/pg_hba.conf", in whatever language.
    if reason.contains(Self.ruleFile) { return fallBackToGoodRules(reason) }
    guard let text = lastGood(Self.parameterFile), let good = try? ConfigurationFile.parse(text),
      let current = files.parameters(Self.parameterFile), Self.parameterKey(good) != Self.parameterKey(current)
    else { return false }
    logger.error("PostgreSQL does not start with its new configuration", metadata: ["error": "\(reason)"])
    refusals[Self.parameterFile] = Refusal(what: Self.parameterKey(current), reason: reason)
    try await files.restore(Self.parameterFile, text)
    return true
  }

  /// postgres does not start with its rules, or lets not even its instance manager in with its maps. It goes on with the
  /// last good ones; a running server is then asked what is wrong with the others.
  func fallBackToGoodRules(_ reason: String) -> Bool {
    guard !startsWithGoodRules else { return false }
    logger.error("PostgreSQL does not accept its rules of authentication", metadata: ["error": "\(reason)"])
    startsWithGoodRules = true
    return true
  }

  /// `postgres -C` does not load libraries, so it knows nothing of their parameters. A running server does, and judges a
  /// value when a session sets it; what only a restart can change it does not judge.
  private func checkExtensionParameters(_ parameters: [String: String]) async throws {
    guard state.current.activity == .running, await postmaster.isRunning else { return }
    let old = files.parameters(Self.parameterFile) ?? [:]
    for (name, value) in parameters.sorted(by: { $0.key < $1.key })
    where name.contains(".") && !name.hasPrefix("cnpg.") && old[name.lowercased()] != value {
      do {
        try await session.query("SELECT set_config($1, $2, true)", [name, value])
      } catch PostgreSQLError.server(let error) where error.sqlState == "22023" {
        let hint = error.hint.map { " (\($0))" } ?? ""
        throw InstanceProblem.invalidConfiguration(
          "spec.postgresql.parameters.\(name) \"\(value)\": \(error.message)\(hint). \(ServerConfiguration.remedy)")
      } catch is PostgreSQLError {
        // Not to be changed in a session; or the server has just ended, which is nothing against the value.
      }
    }
  }
}
