import Kubernetes
import Testing

@testable import ClusterAPI

@Suite("A Cluster's scheduling, services, roles, backup and annotations are refused")
struct ClusterSurroundingsTests {
  private static func spec(_ text: String) -> String { #"{"spec":\#(text)}"# }
  private static func store(_ text: String) -> String {
    #"{"spec":{"backup":{"barmanObjectStore":{"destinationPath":"s3://b"\#(text)}}}}"#
  }
  private static func annotation(_ name: String, _ value: String) -> String {
    #"{"metadata":{"annotations":{"\#(name)":"\#(value)"}}}"#
  }

  static let scheduling = [
    Refusal(
      "with a toleration of every key that is not Exists",
      spec(#"{"affinity":{"tolerations":[{"operator":"Equal","value":"x"}]}}"#),
      #"spec.affinity.toleration[0].operator: Invalid value: "Equal": "#
        + #"operator must be Exists when `key` is empty, which means "match all values and all keys""#),
    Refusal(
      "with seconds for another effect than NoExecute",
      spec(#"{"affinity":{"tolerations":[{"key":"k","tolerationSeconds":1,"effect":"NoSchedule"}]}}"#),
      #"spec.affinity.toleration[0].effect: Invalid value: "NoSchedule": "#
        + "effect must be 'NoExecute' when `tolerationSeconds` is set"),
    Refusal(
      "with a value where the key need only exist",
      spec(#"{"affinity":{"tolerations":[{"key":"k","operator":"Exists","value":"v"}]}}"#),
      #"spec.affinity.toleration[0].operator: Invalid value: {"key":"k","operator":"Exists","value":"v"}: "#
        + "value must be empty when `operator` is 'Exists'"),
    Refusal(
      "with a toleration of unknown operator and effect, whose key is no label",
      spec(#"{"affinity":{"tolerations":[{"key":"a b","operator":"Near","effect":"Often"}]}}"#),
      #"spec.affinity.toleration[0].key: Invalid value: "a b": name part must consist of alphanumeric characters, "#
        + "'-', '_' or '.', and must start and end with an alphanumeric character",
      #"spec.affinity.toleration[0].operator: Unsupported value: "Near": supported values: "Equal", "Exists""#,
      #"spec.affinity.toleration[0].effect: Unsupported value: "Often": "#
        + #"supported values: "NoSchedule", "PreferNoSchedule", "NoExecute""#),
    Refusal(
      "with a toleration whose value is no label",
      spec(#"{"affinity":{"tolerations":[{"key":"k","value":"-"}]}}"#),
      #"spec.affinity.toleration[0].operator: Invalid value: "-": a valid label must be an empty string or consist of "#
        + "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"),
    Refusal(
      "with nodes of labels that are none", spec(#"{"affinity":{"nodeSelector":{"a b":"c","d":"-"}}}"#),
      #"spec.affinity.nodeSelector: Invalid value: "a b": name part must consist of alphanumeric characters, "#
        + "'-', '_' or '.', and must start and end with an alphanumeric character",
      #"spec.affinity.nodeSelector[d]: Invalid value: "-": a valid label must be an empty string or consist of "#
        + "alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"),
    Refusal(
      "with an unknown kind of anti-affinity", spec(#"{"affinity":{"podAntiAffinityType":"strong"}}"#),
      #"spec.affinity.podAntiAffinityType: Invalid value: "strong": "#
        + "pod anti-affinity type must be 'preferred' (default if empty) or 'required'"),
  ]

  static let managed = [
    Refusal(
      "without the service to the primary", spec(#"{"managed":{"services":{"disabledDefaultServices":["rw"]}}}"#),
      #"spec.managed.services.disabledDefaultServices: Invalid value: "rw": service of type RW cannot be disabled."#),
    Refusal(
      "with services of reserved, absent and repeated names",
      spec(
        #"{"managed":{"services":{"additional":["#
          + #"{"selectorType":"rw","serviceTemplate":{"metadata":{"name":"pg-rw"},"spec":{"selector":{"a":"b"}}}},"#
          + #"{"selectorType":"rw","serviceTemplate":{}},{"selectorType":"r","serviceTemplate":{}}]}}}"#),
      #"spec.managed.services.additional[0]: Invalid value: "pg-rw": "#
        + "the service name: 'pg-rw' is reserved for operator use",
      #"spec.managed.services.additional[0]: Invalid value: {"a":"b"}: selector field is managed by the operator"#,
      #"spec.managed.services.additional[1]: Invalid value: "": name is required"#,
      #"spec.managed.services.additional[2]: Invalid value: "": name is required"#,
      #"spec.managed.services.additional: Invalid value: ["pg-rw","",""]: "#
        + "contains services with the same .metadata.name"),
    Refusal(
      "with roles that repeat, are reserved or contradict themselves",
      spec(
        #"{"managed":{"roles":[{"name":"a","connectionLimit":-2},{"name":"a"},{"name":"pg_x"},"#
          + #"{"name":"b","disablePassword":true,"passwordSecret":{"name":"s"}}]}}"#),
      "spec.managed.roles: Invalid value: -2: Connection limit should be positive, unless defaulting to -1",
      #"spec.managed.roles: Invalid value: "a": Role name is duplicate of another"#,
      #"spec.managed.roles: Invalid value: "pg_x": This role is reserved for operator use"#,
      #"spec.managed.roles: Invalid value: "b": This role both sets and disables a password"#),
  ]

  private static let storePath = "spec.backup.barmanObjectStore"
  private static let one = "One and only one of azureCredentials, s3Credentials and googleCredentials are required"

  static let backup = [
    Refusal(
      "with no credentials", store(""),
      #"\#(storePath): Invalid value: {"destinationPath":"s3://b"}: missing credentials. \#(one)"#),
    Refusal(
      "with an address of no store, here or of another cluster",
      #"{"spec":{"backup":{"barmanObjectStore":{"destinationPath":"backups","s3Credentials":{"inheritFromIAMRole":true}}},"#
        + #""externalClusters":[{"name":"o","barmanObjectStore":{"destinationPath":"gs://"}}]}}"#,
      #"\#(storePath).destinationPath: Invalid value: "backups": is not the address of an object store: "#
        + "s3://BUCKET[/PATH], gs://BUCKET[/PATH], https://ACCOUNT.blob.core.windows.net/CONTAINER[/PATH] or "
        + "file:///DIRECTORY",
      #"spec.externalClusters[0].barmanObjectStore.destinationPath: Invalid value: "gs://": "#
        + "names no bucket: gs://BUCKET[/PATH]"),
    Refusal(
      "with a secret in its address, which is not repeated",
      #"{"spec":{"backup":{"barmanObjectStore":{"destinationPath":"https://a.blob.core.windows.net/c?sig=secret"}}}}"#,
      "\(storePath).destinationPath: Forbidden: an address ends with its path: a shared access signature belongs into a "
        + "Secret, which azureCredentials.storageSasToken names"),
    Refusal(
      "with two providers",
      store(#","s3Credentials":{"inheritFromIAMRole":true},"azureCredentials":{"inheritFromAzureAD":true}"#),
      #"\#(storePath): Invalid value: {"azureCredentials":{"inheritFromAzureAD":true},"destinationPath":"s3://b","#
        + #""s3Credentials":{"inheritFromIAMRole":true}}: too many credentials. \#(one)"#),
    Refusal(
      "with two ways into Azure",
      store(#","azureCredentials":{"inheritFromAzureAD":true,"storageKey":{"name":"s","key":"k"}}"#),
      #"\#(storePath).azureCredentials: Invalid value: "#
        + #"{"inheritFromAzureAD":true,"storageKey":{"key":"k","name":"s"}}: when connection string is not specified, "#
        + "one and only one of storage key, storage SAS token, Azure AD authentication, "
        + "or default Azure credentials is required",
      #"\#(storePath).azureCredentials: Invalid value: "#
        + #"{"inheritFromAzureAD":true,"storageKey":{"key":"k","name":"s"}}: "#
        + "storage account must be specified when using storage key or SAS token"),
    Refusal(
      "with an Azure connection string and more",
      store(#","azureCredentials":{"inheritFromAzureAD":true,"connectionString":{"name":"s","key":"k"}}"#),
      #"\#(storePath).azureCredentials: Invalid value: "#
        + #"{"connectionString":{"key":"k","name":"s"},"inheritFromAzureAD":true}: "#
        + "when connection string is specified, the other parameters must be empty"),
    Refusal(
      "with half a key for S3", store(#","s3Credentials":{"accessKeyId":{"name":"s","key":"k"}}"#),
      #"\#(storePath).awsCredentials: Invalid value: {"accessKeyId":{"key":"k","name":"s"}}: "#
        + "when using AWS credentials both accessKeyId and secretAccessKey must be provided"),
    Refusal(
      "with no way into S3", store(#","s3Credentials":{}"#),
      #"\#(storePath).awsCredentials: Invalid value: {}: at least one AWS authentication method should be supplied"#),
    Refusal(
      "with two ways into S3",
      store(
        #","s3Credentials":{"inheritFromIAMRole":true,"accessKeyId":{"name":"s","key":"k"},"#
          + #""secretAccessKey":{"name":"s","key":"k"}}"#),
      #"\#(storePath).awsCredentials: Invalid value: {"accessKeyId":{"key":"k","name":"s"},"inheritFromIAMRole":true,"#
        + #""secretAccessKey":{"key":"k","name":"s"}}: only one AWS authentication method should be supplied"#),
    Refusal(
      "with two ways into Google",
      store(#","googleCredentials":{"gkeEnvironment":true,"applicationCredentials":{"name":"s","key":"k"}}"#),
      #"spec.backupConfiguration.googleCredentials: Invalid value: "#
        + #"{"applicationCredentials":{"key":"k","name":"s"},"gkeEnvironment":true}: "#
        + "if gkeEnvironment is true, secret with credentials must not be provided"),
    Refusal(
      "with no way into Google", store(#","googleCredentials":{}"#),
      "spec.backupConfiguration.googleCredentials: Invalid value: {}: "
        + "if gkeEnvironment is false, secret with credentials must be provided"),
    Refusal(
      "with a retention policy that is none", spec(#"{"backup":{"retentionPolicy":"7y"}}"#),
      #"spec.backup.retentionPolicy: Invalid value: "7y": not a valid retention policy"#),
    Refusal(
      "with two archivers",
      spec(#"{"plugins":[{"name":"a","isWALArchiver":true},{"name":"b","isWALArchiver":true}]}"#),
      #"spec.plugins: Invalid value: ["a","b"]: Cannot enable more than one WAL archiver plugin"#),
    Refusal(
      "with an archiver beside the object store",
      #"{"spec":{"plugins":[{"name":"a","isWALArchiver":true}],"backup":{"barmanObjectStore":"#
        + #"{"destinationPath":"s3://b","s3Credentials":{"inheritFromIAMRole":true}}}}}"#,
      #"spec.plugins: Invalid value: ["a"]: Cannot enable a WAL archiver plugin when barmanObjectStore is configured"#),
  ]

  static let annotations = [
    Refusal(
      "with a hibernation that is neither on nor off", annotation("cnpg.io/hibernation", "deep"),
      #"metadata.annotations.cnpg.io/hibernation: Invalid value: "deep": "#
        + #"Annotation value for hibernation should be "on" or "off""#),
    Refusal(
      "with a pinger that does not say whether it is on", annotation("alpha.cnpg.io/livenessPinger", "{}"),
      #"metadata.annotations.alpha.cnpg.io/livenessPinger: Invalid value: "{}": "#
        + "error decoding liveness pinger config: it does not say `enabled`, true or false"),
    Refusal(
      "with a pinger that is no JSON", annotation("alpha.cnpg.io/livenessPinger", "on"),
      #"metadata.annotations.alpha.cnpg.io/livenessPinger: Invalid value: "on": "#
        + "error decoding liveness pinger config: it is no JSON object"),
    Refusal(
      "with a pod patch that is no list", annotation("cnpg.io/podPatch", "{}"),
      #"metadata.annotations.cnpg.io/podPatch: Invalid value: "{}": "#
        + "error decoding JSON patch: a JSON patch is a list of operations"),
  ]

  @Test(arguments: scheduling + managed + backup + annotations)
  func refused(_ refusal: Refusal) throws {
    let findings = try Examples.cluster(refusal.change).validateCreate()
    #expect(findings.errors.map(\.message) == refusal.messages)
  }

  @Test("with a pod patch that does not fit the pod")
  func podPatch() throws {
    let patch = #"[{\"op\":\"remove\",\"path\":\"/spec/nothing\"}]"#
    let cluster = try Examples.cluster(Self.annotation("cnpg.io/podPatch", patch))
    let context = ValidationContext(examplePod: { _ in ["metadata": ["name": "x"], "spec": ["containers": []]] })
    let message = try #require(cluster.validateCreate(context).errors.first?.message)
    #expect(message.contains("jsonpatch doesn't apply cleanly to the pod: "))
    let unknown = try Examples.cluster(
      Self.annotation("cnpg.io/podPatch", #"[{\"op\":\"add\",\"path\":\"/spec/hostNme\",\"value\":\"x\"}]"#))
    #expect(unknown.validateCreate(context).errors.first?.message.contains("unknown field spec.hostNme") == true)
    let ofAnotherType = try Examples.cluster(
      Self.annotation("cnpg.io/podPatch", #"[{\"op\":\"add\",\"path\":\"/spec/hostname\",\"value\":1}]"#))
    #expect(ofAnotherType.validateCreate(context).errors.count == 1)
    let notJSON = try Examples.cluster(Self.annotation("cnpg.io/podPatch", "x"))
    #expect(
      notJSON.validateCreate(context).errors.first?.message.contains(#": "x": error decoding JSON patch: "#) == true)
    #expect(cluster.validateCreate().isAccepted, "without a pod to try it on there is nothing to say")
  }
}
