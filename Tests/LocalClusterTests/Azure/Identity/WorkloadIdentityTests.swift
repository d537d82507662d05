import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A pod that asks for an identity of Azure")
struct WorkloadIdentityTests {
  let identity = WorkloadIdentity(tenantID: "tenant", authorityHost: "https://login/")
  let account: JSON = ["metadata": ["annotations": ["azure.workload.identity/client-id": "client"]]]
  let pod: JSON = [
    "metadata": ["labels": ["azure.workload.identity/use": "true"]],
    "spec": [
      "containers": [["name": "main"], ["name": "other", "env": [["name": "AZURE_TENANT_ID", "value": "own"]]]],
      "initContainers": [["name": "first"]],
    ],
  ]

  private func variables(_ pod: JSON, _ list: String, _ index: Int) -> [String: String] {
    let entries = pod[path: ["spec", list]]?.arrayValue?[index]["env"]?.arrayValue ?? []
    return Dictionary(
      entries.map { ($0["name"]?.stringValue ?? "", $0["value"]?.stringValue ?? "") }, uniquingKeysWith: { $1 })
  }

  @Test("gets the variables in all its containers, without losing its own")
  func environment() {
    let pod = identity.applied(to: pod, account: account)
    let expected = [
      "AZURE_CLIENT_ID": "client", "AZURE_TENANT_ID": "tenant", "AZURE_AUTHORITY_HOST": "https://login/",
      "AZURE_FEDERATED_TOKEN_FILE": "/var/run/secrets/azure/tokens/azure-identity-token",
    ]
    #expect(variables(pod, "containers", 0) == expected)
    #expect(variables(pod, "initContainers", 0) == expected)
    #expect(variables(pod, "containers", 1) == expected.merging(["AZURE_TENANT_ID": "own"]) { $1 })
  }

  @Test("gets a token of its service account for the exchange, mounted where the variable says")
  func token() {
    let pod = identity.applied(to: pod, account: account)
    let volumes = pod[path: ["spec", "volumes"]]?.arrayValue ?? []
    #expect(
      volumes == [
        [
          "name": "azure-identity-token",
          "projected": [
            "defaultMode": 420,
            "sources": [
              [
                "serviceAccountToken": [
                  "audience": "api://AzureADTokenExchange", "expirationSeconds": 3600, "path": "azure-identity-token",
                ]
              ]
            ],
          ],
        ]
      ])
    let mount: JSON = [
      "name": "azure-identity-token", "mountPath": "/var/run/secrets/azure/tokens", "readOnly": true,
    ]
    for (list, count) in [("containers", 2), ("initContainers", 1)] {
      for index in 0..<count {
        #expect(pod[path: ["spec", list]]?.arrayValue?[index]["volumeMounts"]?.arrayValue == [mount])
      }
    }
  }

  @Test("is not changed a second time")
  func repetition() {
    let once = identity.applied(to: pod, account: account)
    #expect(identity.applied(to: once, account: account) == once)
  }

  @Test("is left alone without the label, and with an account that names no identity")
  func others() {
    var unlabelled = pod
    unlabelled[path: ["metadata", "labels"]] = ["azure.workload.identity/use": "false"]
    #expect(identity.applied(to: unlabelled, account: account) == unlabelled)
    #expect(identity.applied(to: pod, account: ["metadata": ["name": "default"]]) == pod)
  }

  @Test("may leave containers out, and choose a tenant and how long a token lasts, within an hour and a day")
  func annotations() {
    var pod = pod
    pod[path: ["metadata", "annotations"]] = [
      "azure.workload.identity/skip-containers": "other;first",
      "azure.workload.identity/service-account-token-expiration": "90000",
    ]
    var account = account
    account[path: ["metadata", "annotations", "azure.workload.identity/tenant-id"]] = "another"
    let changed = identity.applied(to: pod, account: account)
    #expect(variables(changed, "containers", 0)["AZURE_TENANT_ID"] == "another")
    #expect(variables(changed, "containers", 1) == ["AZURE_TENANT_ID": "own"])
    #expect(variables(changed, "initContainers", 0).isEmpty)
    let source = changed[path: ["spec", "volumes"]]?.arrayValue?[0][path: ["projected", "sources"]]?.arrayValue?[0]
    #expect(source?[path: ["serviceAccountToken", "expirationSeconds"]] == 86400)
  }
}
