import Testing

@testable import LocalCluster

@Suite("Names")
struct NameRuleTests {
  @Test(
    "follow the rule of their kind",
    arguments: [
      (NameRule.subdomain, "a.b-c.1", true), (.subdomain, "A", false), (.subdomain, "a..b", false),
      (.subdomain, "-a", false), (.subdomain, "a_b", false), (.subdomain, String(repeating: "a", count: 254), false),
      (.label, "1a", true), (.label, "a.b", false), (.label, String(repeating: "a", count: 64), false),
      (.label1035, "a-1", true), (.label1035, "1a", false), (.label1035, "a-", false),
      (.pathSegment, "system:node", true), (.pathSegment, "a/b", false), (.pathSegment, "..", false),
      (.pathSegment, "a%2f", false),
    ])
  func rules(rule: NameRule, name: String, isValid: Bool) {
    #expect(rule.problems(name).isEmpty == isValid)
  }
}
