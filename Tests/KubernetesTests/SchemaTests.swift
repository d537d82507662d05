import Testing

@testable import Kubernetes

struct Animal: Declared {
  @Required("What it is called.") var name: String
  @Defaulted("How many legs.", 4, .minimum(0)) var legs: Int
  @Field("Who feeds it.") var keeper: String?
  @Field("Its young.") var young: [JSON]?
  init() {}
}

@Suite("A declared structure")
struct DeclaredTests {
  @Test("has the schema its property wrappers say")
  func schema() {
    let schema = Schema.of(Animal.self)
    #expect(schema.required == ["name"])
    #expect(schema.properties["legs"]?.defaultValue == 4)
    #expect(schema.properties["legs"]?.minimum == 0)
    #expect(schema.properties["keeper"]?.type == .string)
    #expect(schema.properties["keeper"]?.description == "Who feeds it.")
  }

  @Test("is decoded with its defaults filled in, and absent fields are nil")
  func decoding() throws {
    let animal = try JSON(parsing: #"{"name":"Ella"}"#).decoded(as: Animal.self)
    #expect(animal.name == "Ella")
    #expect(animal.legs == 4)
    #expect(animal.keeper == nil)
  }

  @Test("writes no absent field")
  func encoding() throws {
    let json = try JSON(encoding: Animal.with { $0.name = "Ella" })
    #expect(json == ["name": "Ella", "legs": 4])
  }
}
