import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("A Cluster's names, images and secrets are refused")
struct ClusterIdentityTests {
  private static func spec(_ text: String) -> String { #"{"spec":\#(text)}"# }
  private static let long = "a" + String(repeating: "b", count: 50)

  static let refusals = [
    Refusal(
      "when the name begins with a digit", #"{"metadata":{"name":"1pg"}}"#,
      #"metadata.name: Invalid value: "1pg": cluster name must be a valid DNS label"#),
    Refusal(
      "when the name has 51 characters", #"{"metadata":{"name":"\#(long)"}}"#,
      #"metadata.name: Invalid value: "\#(long)": the maximum length of a cluster name is 50 characters"#),
    Refusal(
      "when the tag is latest", spec(#"{"imageName":"pg:latest"}"#),
      #"spec.imageName: Invalid value: "pg:latest": Can't use 'latest' as image tag as we can't detect upgrades"#),
    Refusal(
      "when there is no tag behind a registry's port", spec(#"{"imageName":"registry:5000/pg"}"#),
      #"spec.imageName: Invalid value: "registry:5000/pg": "#
        + "Can't use 'latest' as image tag as we can't detect upgrades"),
    Refusal(
      "when there is only a digest", spec(#"{"imageName":"pg@sha256:abc"}"#),
      #"spec.imageName: Invalid value: "pg@sha256:abc": Can't use just the image sha as we can't detect upgrades"#),
    Refusal(
      "when the tag is no version", spec(#"{"imageName":"pg:bookworm"}"#),
      #"spec.imageName: Invalid value: "pg:bookworm": invalid version tag"#),
    Refusal(
      "when PostgreSQL is too old", spec(#"{"imageName":"pg:12.4"}"#),
      #"spec.imageName: Invalid value: "pg:12.4": Unsupported PostgreSQL version. Versions 13 or newer are supported"#),
    Refusal(
      "when the pull policy is unknown", spec(#"{"imagePullPolicy":"Sometimes"}"#),
      #"spec.imagePullPolicy: Invalid value: "Sometimes": "#
        + "invalid imagePullPolicy, if defined must be one of 'Always', 'Never' or 'IfNotPresent'"),
    Refusal(
      "when the superuser's Secret has no name", spec(#"{"superuserSecret":{"name":""}}"#),
      #"spec.superusersecret.name: Invalid value: "": Super user secret name can't be empty"#),
    Refusal(
      "when names are given for a certificate of the user's own",
      spec(#"{"certificates":{"serverTLSSecret":"t","serverAltDNSNames":["x"]}}"#),
      #"spec.certificates.serveraltdnsnames: Invalid value: ["x"]: "#
        + "Server alternative DNS names can't be defined when server TLS secret is provided",
      #"spec.certificates.servercasecret: Invalid value: "": "#
        + "Server CA secret can't be empty when server TLS secret is provided"),
    Refusal(
      "when a replication certificate comes without its authority",
      spec(#"{"certificates":{"replicationTLSSecret":"t"}}"#),
      #"spec.certificates.clientcasecret: Invalid value: "": "#
        + "Client CA secret can't be empty when client replication secret is provided"),
    Refusal(
      "when a ServiceAccount is both named and templated",
      spec(#"{"serviceAccountName":"s","serviceAccountTemplate":{"metadata":{}}}"#),
      #"spec.serviceAccountName: Invalid value: "s": "#
        + "serviceAccountName and serviceAccountTemplate are mutually exclusive"),
    Refusal(
      "when a variable is the operator's", spec(#"{"env":[{"name":"X"},{"name":"pgdata"}]}"#),
      #"spec.postgresql.env[1].name: Invalid value: "pgdata": "#
        + "the usage of this environment variable is reserved for the operator"),
  ]

  @Test(arguments: refusals)
  func refused(_ refusal: Refusal) throws {
    let findings = try Examples.cluster(refusal.change).validateCreate()
    #expect(findings.errors.map(\.message) == refusal.messages)
  }

  @Test(
    "but not for a tag with more than a version", arguments: ["16.4-2-bookworm", "17beta1", "18", "16.4@sha256:abc"])
  func tags(_ tag: String) throws {
    #expect(try Examples.cluster(Self.spec(#"{"imageName":"pg:\#(tag)"}"#)).validateCreate().isAccepted)
  }
}
