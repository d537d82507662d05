import Certificates
import ClusterAPI
import Foundation
import Kubernetes
import Testing

@testable import Operator

@Suite("The plan for a cluster's certificates")
struct CertificatePlanTests {
  private let now = Date(timeIntervalSince1970: 1_790_000_000)

  private func settled(_ blueprint: Blueprint) -> [String: Secret] {
    Dictionary(
      uniqueKeysWithValues: CertificatePlan(blueprint, secrets: [:], now: now).writes.map { ($0.name, $0) })
  }

  @Test("a new cluster gets one authority for both roles, a server's and a replication certificate")
  func new() throws {
    let plan = CertificatePlan(try blueprint(), secrets: [:], now: now)
    #expect(plan.writes.map(\.name) == ["demo-ca", "demo-server", "demo-replication"])
    #expect(plan.problems.isEmpty)
    let authority = try #require(plan.writes[0].text("ca.crt"))
    let server = try CertificateDetails(pem: try #require(plan.writes[1].text("tls.crt")))
    #expect(server.commonName == "demo-rw")
    #expect(server.dnsNames.contains("demo-ro.demo.svc.cluster.local"))
    #expect(server.isSigned(by: authority))
    let replication = try CertificateDetails(pem: try #require(plan.writes[2].text("tls.crt")))
    #expect(replication.commonName == "streaming_replica")
    #expect(replication.isSigned(by: authority))
  }

  @Test("nothing is written while nothing changes")
  func settled() throws {
    let blueprint = try blueprint()
    #expect(CertificatePlan(blueprint, secrets: settled(blueprint), now: now).writes.isEmpty)
  }

  @Test("a leaf about to end is renewed with the same key, by the same authority")
  func renewal() throws {
    let short = try blueprint()
    let secrets = settled(short)
    // The authority is older than nobody: renew the leaves alone by asking for another name.
    let renamed = try blueprint { $0.spec.certificates = .with { $0.serverAltDNSNames = ["db.example.com"] } }
    let plan = CertificatePlan(renamed, secrets: secrets, now: now)
    #expect(plan.writes.map(\.name) == ["demo-server"])
    #expect(plan.writes[0].text("tls.key") == secrets["demo-server"]?.text("tls.key"))
    let details = try CertificateDetails(pem: try #require(plan.writes[0].text("tls.crt")))
    #expect(details.dnsNames.contains("db.example.com"))
  }

  @Test("seven days before the end everything is renewed")
  func expiry() throws {
    let blueprint = try blueprint()
    let later = now.addingTimeInterval(84 * 86_400)
    let plan = CertificatePlan(blueprint, secrets: settled(blueprint), now: later)
    #expect(plan.writes.map(\.name) == ["demo-ca", "demo-server", "demo-replication"])
    #expect(plan.problems.isEmpty)
  }

  @Test("a renewed authority keeps its key: the old certificate vouches for the new leaves")
  func authorityRenewal() throws {
    let blueprint = try blueprint()
    let before = settled(blueprint)
    let plan = CertificatePlan(blueprint, secrets: before, now: now.addingTimeInterval(84 * 86_400))
    #expect(plan.writes[0].text("ca.key") == before["demo-ca"]?.text("ca.key"))
    #expect(plan.writes[0].text("ca.crt") != before["demo-ca"]?.text("ca.crt"))
    let server = try CertificateDetails(pem: try #require(plan.writes[1].text("tls.crt")))
    #expect(server.isSigned(by: try #require(before["demo-ca"]?.text("ca.crt"))))
  }

  @Test("the user's own authority is never written, and a missing key is explained")
  func ownAuthority() throws {
    let blueprint = try blueprint { $0.spec.certificates = .with { $0.serverCASecret = "mine" } }
    let missing = CertificatePlan(blueprint, secrets: [:], now: now)
    #expect(!missing.writes.contains { $0.name == "mine" })
    #expect(
      missing.problems.contains(
        ClusterWarning(
          reason: "SecretNotFound",
          message: "Getting secret mine: Secret mine, named in spec.certificates, does not exist: create it")))

    let authority = try CertificateAuthority(
      create: "mine", organizationalUnit: nil, validity: .seconds(86_400 * 365), now: now)
    let withoutKey = blueprint.certificateSecret("mine", type: "Opaque", data: ["ca.crt": authority.certificatePEM])
    #expect(
      CertificatePlan(blueprint, secrets: ["mine": withoutKey], now: now).problems.contains {
        $0.reason == "InvalidCASecret" && $0.message.contains("ca.key")
      })

    let complete = blueprint.certificateSecret(
      "mine", type: "Opaque", data: ["ca.crt": authority.certificatePEM, "ca.key": authority.privateKeyPEM])
    let plan = CertificatePlan(blueprint, secrets: ["mine": complete], now: now)
    let server = try CertificateDetails(
      pem: try #require(plan.writes.first { $0.name == "demo-server" }?.text("tls.crt")))
    #expect(server.isSigned(by: authority.certificatePEM))
  }

  @Test("the user's own server certificate has to be there, to be complete, and to be renewed by the user")
  func ownLeaf() throws {
    let blueprint = try blueprint {
      $0.spec.certificates = .with {
        $0.serverCASecret = "authority"
        $0.serverTLSSecret = "leaf"
      }
    }
    let authority = try CertificateAuthority(
      create: "mine", organizationalUnit: nil, validity: .seconds(86_400 * 365), now: now)
    var secrets = [
      "authority": blueprint.certificateSecret(
        "authority", type: "Opaque", data: ["ca.crt": authority.certificatePEM])
    ]
    func problems() -> [String] { CertificatePlan(blueprint, secrets: secrets, now: now).problems.map(\.message) }
    #expect(problems() == ["Getting secret leaf: Secret leaf, named in spec.certificates, does not exist: create it"])

    let identity = try authority.issue(
      LeafRequest(
        commonName: "own-rw", organizations: [], dnsNames: ["own-rw"], ipAddresses: [], usage: .server,
        validity: .seconds(86_400 * 3), privateKeyPEM: nil), now: now)
    secrets["leaf"] = blueprint.certificateSecret("leaf", type: "Opaque", data: ["tls.crt": identity.certificatePEM])
    #expect(problems().count == 1)
    #expect(problems().first?.contains("no entry tls.key") == true)

    secrets["leaf"] = blueprint.certificateSecret(
      "leaf", type: "kubernetes.io/tls",
      data: ["tls.crt": identity.certificatePEM, "tls.key": identity.privateKeyPEM])
    let plan = CertificatePlan(blueprint, secrets: secrets, now: now)
    #expect(plan.problems.isEmpty)
    #expect(plan.warnings.map(\.reason) == ["SecretIsExpiring"])
    #expect(plan.warnings.first?.message.hasPrefix("Checking expiring date of secret leaf") == true)
    #expect(!plan.writes.contains { $0.name == "leaf" })
  }

  @Test("a leaf that has lost its key is made anew")
  func lostKey() throws {
    let blueprint = try blueprint()
    var secrets = settled(blueprint)
    secrets["demo-server"]?.data?["tls.key"] = nil
    #expect(CertificatePlan(blueprint, secrets: secrets, now: now).writes.map(\.name) == ["demo-server"])
  }

  @Test("Secrets that the operator makes are known by name; those that the user brings are not among them")
  func ownSecrets() throws {
    #expect(try blueprint().ownCertificateSecrets == ["demo-ca", "demo-replication", "demo-server"])
    let mixed = try blueprint {
      $0.spec.certificates = .with {
        $0.serverCASecret = "a"
        $0.serverTLSSecret = "b"
      }
    }
    #expect(mixed.ownCertificateSecrets == ["demo-ca", "demo-replication"])
  }

  @Test("ends are printed as Go prints a time")
  func goTime() {
    #expect(CertificatePlan.goTime(Date(timeIntervalSince1970: 0)) == "1970-01-01 00:00:00 +0000 UTC")
  }
}
