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
    #expect(missing.problems.contains { $0.contains("mine") && $0.contains("does not exist") })

    let authority = try CertificateAuthority(
      create: "mine", organizationalUnit: nil, validity: .seconds(86_400 * 365), now: now)
    let withoutKey = blueprint.certificateSecret("mine", type: "Opaque", data: ["ca.crt": authority.certificatePEM])
    #expect(
      CertificatePlan(blueprint, secrets: ["mine": withoutKey], now: now).problems.contains { $0.contains("ca.key") })

    let complete = blueprint.certificateSecret(
      "mine", type: "Opaque", data: ["ca.crt": authority.certificatePEM, "ca.key": authority.privateKeyPEM])
    let plan = CertificatePlan(blueprint, secrets: ["mine": complete], now: now)
    let server = try CertificateDetails(
      pem: try #require(plan.writes.first { $0.name == "demo-server" }?.text("tls.crt")))
    #expect(server.isSigned(by: authority.certificatePEM))
  }

  @Test("ends are printed as Go prints a time")
  func goTime() {
    #expect(CertificatePlan.goTime(Date(timeIntervalSince1970: 0)) == "1970-01-01 00:00:00 +0000 UTC")
  }
}
