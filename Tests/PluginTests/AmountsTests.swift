import Foundation
import Testing

@testable import Plugin

@Suite("Amounts")
struct AmountsTests {
  @Test(
    "bytes, rounded up",
    arguments: [
      (0, "0"), (1023, "1023"), (1024, "1.0K"), (1025, "1.1K"), (10 << 10, "10K"), (131_500_000, "126M"),
      (10_189_000_000, "9.5G"), (1 << 40, "1.0T"), (10_480, "11K"),
    ])
  func bytes(_ count: Int64, _ text: String) { #expect(Amounts.bytes(count) == text) }

  @Test("durations", arguments: [(0, "0s"), (74.4, "1m14s"), (3600, "1h0m0s"), (93_780, "26h3m0s"), (-3, "0s")])
  func duration(_ seconds: TimeInterval, _ text: String) { #expect(Amounts.duration(seconds) == text) }

  @Test("times, there and back")
  func time() throws {
    let text = "2024-10-08 18:31:57 +0000 UTC"
    #expect(Amounts.time(try #require(Amounts.date(text))) == text)
    #expect(Amounts.date("yesterday") == nil)
  }

  @Test("passwords in access rules are not shown")
  func redaction() {
    #expect(
      Redaction.passwords(#"host all all 0.0.0.0/0 ldap ldapserver="a" ldapbindpasswd="s e""c" x=1"#)
        == #"host all all 0.0.0.0/0 ldap ldapserver="a" ldapbindpasswd=*** x=1"#)
    #expect(Redaction.passwords("a ldapbindpasswd=secret\nb") == "a ldapbindpasswd=***\nb")
  }
}
