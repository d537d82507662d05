import Testing

@testable import LocalCluster

@Suite("$(NAME) in a manifest")
struct VariableExpansionTests {
  @Test(
    "is replaced by the variable; unknown names and other dollar signs stay",
    arguments: [
      ("plain", "plain"), ("$(A)", "1"), ("x$(A)y$(B)z", "x1ytwoz"), ("$(UNKNOWN)", "$(UNKNOWN)"), ("$$(A)", "$(A)"),
      ("$$$(A)", "$1"), ("$A", "$A"), ("$(A", "$(A"), ("end$", "end$"), ("$()", "$()"),
    ])
  func expansion(text: String, expected: String) {
    let variables = ["A": "1", "B": "two"]
    #expect(VariableExpansion.expand(text) { variables[$0] } == expected)
  }
}
