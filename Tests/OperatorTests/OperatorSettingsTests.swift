import Testing

@testable import Operator

@Suite("The operator's settings")
struct OperatorSettingsTests {
  @Test("without any: the defaults of the contract")
  func defaults() {
    let settings = OperatorSettings(values: [:])
    #expect(settings == OperatorSettings())
    #expect(settings.certificateDuration == 90)
    #expect(settings.expiringCheckThreshold == 7)
    #expect(settings.pullSecretName == "cnpg-pull-secret")
    #expect(settings.clusterDomain == "cluster.local")
    #expect(settings.watchedNamespaces.isEmpty)
    #expect(!settings.createsAnyService)
  }

  @Test("lists are separated by commas, blanks and empty entries do not count")
  func lists() {
    let settings = OperatorSettings(
      values: ["WATCH_NAMESPACE": " a, b ,,", "INHERITED_LABELS": "x/*,y", "INHERITED_ANNOTATIONS": ""])
    #expect(settings.watchedNamespaces == ["a", "b"])
    #expect(settings.inheritedLabels == ["x/*", "y"])
    #expect(settings.inheritedAnnotations.isEmpty)
  }

  @Test("an empty text is no setting")
  func empty() {
    #expect(OperatorSettings(values: ["POSTGRES_IMAGE_NAME": "", "PULL_SECRET_NAME": ""]) == OperatorSettings())
  }

  @Test(
    "days that are none leave the default; too many are cut, and the threshold stays below the duration",
    arguments: [
      ("30", "5", 30, 5), ("0", "-1", 90, 7), ("x", "", 90, 7),
      ("9223372036854775807", "9223372036854775807", 36500, 36499),
      ("5", "7", 5, 4), (" 10 ", "3", 10, 3),
    ])
  func days(duration: String, threshold: String, expected: Int, expectedThreshold: Int) {
    let settings = OperatorSettings(
      values: ["CERTIFICATE_DURATION": duration, "EXPIRING_CHECK_THRESHOLD": threshold])
    #expect(settings.certificateDuration == expected)
    #expect(settings.expiringCheckThreshold == expectedThreshold)
  }

  @Test("a standby's timeout reaches the instances; one that is no number is named")
  func standbyTimeout() throws {
    let settings = OperatorSettings(values: ["STANDBY_TCP_USER_TIMEOUT": "2500"])
    #expect(settings.standbyTCPUserTimeout == 2500)
    let blueprint = Blueprint(cluster: try referenceCluster(), settings: settings)
    let variable = blueprint.podSpec(blueprint.instance(1)).containers[0].env?.last
    #expect(variable?.name == "CNPG_STANDBY_TCP_USER_TIMEOUT")
    #expect(variable?.value == "2500")
    #expect(OperatorSettings(values: ["STANDBY_TCP_USER_TIMEOUT": "soon"]).ignored == ["STANDBY_TCP_USER_TIMEOUT"])
  }

  @Test("known ones that are not acted on are named, unless they ask for nothing; unknown ones are ignored")
  func ignored() {
    let settings = OperatorSettings(
      values: [
        "CLUSTERS_ROLLOUT_DELAY": "0", "INSTANCES_ROLLOUT_DELAY": "30", "INCLUDE_PLUGINS": "p", "DRAIN_TAINTS": "",
        "ENABLE_AZURE_PVC_UPDATES": "true", "PATH": "/bin",
      ])
    #expect(settings.ignored == ["INCLUDE_PLUGINS", "INSTANCES_ROLLOUT_DELAY"])
  }
}
