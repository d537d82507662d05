import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("An object in protobuf")
struct ProtobufReaderTests {
  /// A field that holds bytes.
  private func field(_ number: UInt8, _ content: [UInt8]) -> [UInt8] {
    [number << 3 | 2, UInt8(content.count)] + content
  }

  private func text(_ number: UInt8, _ content: String) -> [UInt8] { field(number, Array(content.utf8)) }

  private func object(_ kind: String, _ message: [UInt8], apiVersion: String = "v1") -> [UInt8] {
    Array("k8s\0".utf8) + field(1, text(1, apiVersion) + text(2, kind)) + field(2, message)
  }

  private var secret: [UInt8] {
    // Go writes empty texts and an empty time, which JSON leaves out.
    let metadata = text(1, "s") + text(2, "") + field(8, [])
    return object(
      "Secret", field(1, metadata) + field(2, text(1, "a") + text(2, "b")) + text(3, "Opaque") + [5 << 3, 0])
  }

  @Test("is read as the JSON it stands for")
  func reading() throws {
    #expect(
      try ProtobufReader.object(secret) == [
        "apiVersion": "v1", "kind": "Secret", "metadata": ["name": "s"], "data": ["a": "Yg=="], "type": "Opaque",
        "immutable": false,
      ])
  }

  @Test("with a kind that is not built in is refused with the types that are understood")
  func unknown() {
    #expect {
      try ProtobufReader.object(object("Widget", [], apiVersion: "example.com/v1"))
    } throws: {
      ($0 as? StatusError)?.code == 415
    }
  }

  @Test("that is damaged is refused, wherever the damage is")
  func damaged() {
    var random = SystemRandomNumberGenerator()
    for length in 0..<secret.count {
      _ = try? ProtobufReader.object(Array(secret[..<length]))
      var flipped = secret
      flipped[length] = UInt8.random(in: 0...255, using: &random)
      _ = try? ProtobufReader.object(flipped)
    }
    #expect(throws: StatusError.self) { try ProtobufReader.object(Array(secret.dropLast(3))) }
    #expect(throws: StatusError.self) { try ProtobufReader.object([]) }
    let endless = [UInt8](repeating: 0xFF, count: 64)
    #expect(throws: StatusError.self) { try ProtobufReader.object(Array("k8s\0".utf8) + endless) }
  }

  @Test("can be of every kind that is stored, but for definitions")
  func kinds() {
    for kind in BuiltinKinds.all where kind.resource.kind != "CustomResourceDefinition" {
      let short = kind.resource.group.prefix { $0 != "." }
      let names = [kind.resource.kind, "\(short).\(kind.resource.kind)"]
      #expect(names.contains { ProtobufTable.shared.messages[$0] != nil }, "\(kind.resource.kind)")
    }
    let known: Set = ["s", "i", "b", "y", "d", "Time", "MicroTime", "Quantity", "IntOrString", "Raw", "ExtraValue"]
    for (name, fields) in ProtobufTable.shared.messages {
      for field in fields.values {
        #expect(
          known.contains(field.type) || ProtobufTable.shared.messages[field.type] != nil, "\(name).\(field.name)")
      }
    }
  }
}
