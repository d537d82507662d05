import ClusterAPI
import Kubernetes
import Testing

@testable import Operator

@Suite("What has to happen to an object")
struct DifferenceTests {
  /// An object as the server keeps it: what was applied, what the server added, and who owns what.
  private func live(_ spec: String, applied: String, metadata: String = "") throws -> JSON {
    try JSON(
      parsing: #"{"metadata":{"uid":"1"\#(metadata),"managedFields":[{"manager":"us","operation":"Apply","#
        + #""fieldsV1":\#(applied)},{"manager":"kubectl","operation":"Update","fieldsV1":{"f:spec":{"f:x":{}}}}]},"#
        + #""spec":\#(spec)}"#)
  }

  private func step(_ live: JSON?, _ wanted: String) throws -> ObjectStep {
    ObjectStep(live: live, wanted: try JSON(parsing: wanted), manager: "us")
  }

  @Test("it is created where there is none")
  func create() throws {
    #expect(try step(nil, #"{"spec":{}}"#) == .create)
  }

  @Test("nothing, where it says all that is wanted; what others added does not count")
  func keep() throws {
    let live = try live(#"{"type":"ClusterIP","clusterIP":"10.0.0.1","x":1}"#, applied: #"{"f:spec":{"f:type":{}}}"#)
    #expect(try step(live, #"{"spec":{"type":"ClusterIP","ports":[]}}"#) == .keep)
    // Zero and false are not kept by the server.
    #expect(
      try step(live, #"{"spec":{"type":"ClusterIP","publishNotReadyAddresses":false,"healthCheckNodePort":0}}"#)
        == .keep)
    #expect(try step(live, #"{"metadata":{"labels":{"a":""}},"spec":{"type":"ClusterIP"}}"#) == .apply)
  }

  @Test("it is applied where a value differs")
  func changed() throws {
    let live = try live(#"{"type":"ClusterIP"}"#, applied: #"{"f:spec":{"f:type":{}}}"#)
    #expect(try step(live, #"{"spec":{"type":"LoadBalancer"}}"#) == .apply)
  }

  @Test("and where something applied before is no longer wanted: in a structure, in a map, in an element of a list")
  func removed() throws {
    let ranges = try live(
      #"{"type":"LoadBalancer","loadBalancerSourceRanges":["10.0.0.0/8"]}"#,
      applied: #"{"f:spec":{"f:type":{},"f:loadBalancerSourceRanges":{}}}"#)
    #expect(try step(ranges, #"{"spec":{"type":"LoadBalancer"}}"#) == .apply)

    let annotated = try live(
      "{}", applied: #"{"f:metadata":{"f:annotations":{"f:a":{},"f:b":{}}}}"#,
      metadata: #","annotations":{"a":"1","b":"2","c":"3"}"#)
    #expect(try step(annotated, #"{"metadata":{"annotations":{"a":"1"}},"spec":{}}"#) == .apply)
    #expect(try step(annotated, #"{"metadata":{"annotations":{"a":"1","b":"2"}},"spec":{}}"#) == .keep)

    let port = try live(
      #"{"ports":[{"name":"p","port":5432,"protocol":"TCP","nodePort":30000}]}"#,
      applied: #"{"f:spec":{"f:ports":{"k:{\"port\":5432,\"protocol\":\"TCP\"}":"#
        + #"{".":{},"f:port":{},"f:protocol":{},"f:name":{},"f:nodePort":{}}}}}"#)
    #expect(try step(port, #"{"spec":{"ports":[{"name":"p","port":5432,"protocol":"TCP"}]}}"#) == .apply)
    #expect(
      try step(port, #"{"spec":{"ports":[{"name":"p","port":5432,"protocol":"TCP","nodePort":30000}]}}"#) == .keep)
  }

  @Test("an element of a list too many, or in another place, is a difference")
  func lists() throws {
    let live = try live(#"{"ports":[{"port":1},{"port":2}]}"#, applied: "{}")
    #expect(try step(live, #"{"spec":{"ports":[{"port":1}]}}"#) == .apply)
    #expect(try step(live, #"{"spec":{"ports":[{"port":2},{"port":1}]}}"#) == .apply)
  }

  @Test("a service of strategy replace is deleted for a new specification, for nothing else")
  func replaced() throws {
    func text(_ type: String) -> String { #"{\"type\":\"\#(type)\"}"# }
    func wanted(_ metadata: String, _ type: String) -> String {
      #"{"metadata":{"annotations":{"cnpg.io/updateStrategy":"replace","cnpg.io/lastAppliedSpec":"\#(text(type))"\#(metadata)}},"#
        + #""spec":{"type":"\#(type)"}}"#
    }
    let live = try live(
      #"{"type":"LoadBalancer"}"#, applied: #"{"f:spec":{"f:type":{}}}"#,
      metadata:
        #","annotations":{"cnpg.io/updateStrategy":"replace","cnpg.io/lastAppliedSpec":"\#(text("LoadBalancer"))"}"#)
    #expect(try step(live, wanted("", "ClusterIP")) == .replace)
    #expect(try step(live, wanted(#","a":"b""#, "LoadBalancer")) == .apply)
    #expect(try step(live, wanted("", "LoadBalancer")) == .keep)
    // Somebody else added a port: it is put right, or not; the address stays.
    var foreign = live
    foreign[path: ["spec", "type"]] = "NodePort"
    #expect(try step(foreign, wanted("", "LoadBalancer")) == .apply)
  }
}
