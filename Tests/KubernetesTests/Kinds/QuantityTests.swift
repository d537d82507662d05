import Testing

@testable import Kubernetes

@Suite("A quantity")
struct QuantityTests {
  @Test(
    "is written in its canonical form",
    arguments: [
      ("1", "1"), ("500m", "500m"), ("0.5", "500m"), ("1.5", "1500m"), ("1000m", "1"), ("1024Mi", "1Gi"),
      ("1Gi", "1Gi"), ("1.5Gi", "1536Mi"), ("512", "512"), ("1000", "1k"), ("1e9", "1e9"), ("1E3", "1e3"),
      ("1E", "1E"), ("100Ki", "100Ki"), ("0.5Ki", "512"), ("0.1Gi", "107374182400m"), ("0", "0"), ("0Gi", "0"),
      ("+5", "5"), ("-5", "-5"), (".5", "500m"), ("5.", "5"), ("1n", "1n"), ("0.1n", "1n"), ("12e-3", "12e-3"),
      ("10M", "10M"), ("1234567", "1234567"), ("1Ti", "1Ti"), ("1e50", "9223372036854775807"),
      ("0.00000000000000000000000001", "1n"), ("100000000000000000000000000000000n", "9223372036854775807"),
    ])
  func canonical(text: String, expected: String) throws {
    #expect(try Quantity(parsing: text).description == expected)
  }

  @Test(
    "refuses what is none",
    arguments: [
      "", "Gi", "1 Gi", "1gi", "1.2.3", "--1", "1e", "1e1.5", "0x10", "１", "1KB", ".", "+", "1e99999999999999999999",
    ])
  func refused(text: String) {
    #expect(throws: QuantityError(text: text)) { try Quantity(parsing: text) }
  }

  @Test("is compared by its amount, however it is written")
  func comparison() throws {
    #expect(try Quantity(parsing: "1Gi") == Quantity(parsing: "1073741824"))
    #expect(try Quantity(parsing: "1G") < Quantity(parsing: "1Gi"))
    #expect(try Quantity(parsing: "100m") < Quantity(parsing: "1"))
  }

  @Test("gives whole units and thousandths, rounded up")
  func values() throws {
    #expect(try Quantity(parsing: "1Gi").wholeValue == 1 << 30)
    #expect(try Quantity(parsing: "100m").milliValue == 100)
    #expect(try Quantity(parsing: "100m").wholeValue == 1)
    #expect(try Quantity(parsing: "1").milliValue == 1000)
    #expect(try Quantity(parsing: "1e50").wholeValue == Int.max)
  }

  @Test("is added and subtracted exactly")
  func arithmetic() throws {
    #expect(try (Quantity(parsing: "1Gi") + Quantity(parsing: "512Mi")).description == "1536Mi")
    #expect(try (Quantity(parsing: "2") - Quantity(parsing: "500m")).description == "1500m")
    #expect(try (Quantity() + Quantity(parsing: "1Gi")).description == "1Gi")
  }

  @Test("is read from a string or a number, and a bad one is an error with the remedy")
  func decoding() throws {
    let requirements = try JSON(parsing: #"{"requests":{"cpu":1,"memory":"1024Mi"},"limits":{"cpu":0.5}}"#)
      .decoded(as: ResourceRequirements.self)
    #expect(requirements.requests?["memory"]?.description == "1Gi")
    #expect(requirements.limits?["cpu"]?.description == "500m")
    #expect(try JSON(encoding: requirements)["requests"] == ["cpu": "1", "memory": "1Gi"])
    #expect(throws: DecodingError.self) {
      try JSON(parsing: #"{"requests":{"cpu":"many"}}"#).decoded(as: ResourceRequirements.self)
    }
  }
}
