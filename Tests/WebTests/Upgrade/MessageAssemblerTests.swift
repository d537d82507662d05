import NIOCore
import NIOWebSocket
import Testing

@testable import Web

@Suite("MessageAssembler")
struct MessageAssemblerTests {
  private func frame(
    _ opcode: WebSocketOpcode, _ text: String, fin: Bool = true, masked: Bool = true
  ) -> WebSocketFrame {
    var data = ByteBuffer(string: text)
    let key: WebSocketMaskingKey = [1, 2, 3, 4]
    if masked { data.webSocketMask(key) }
    return WebSocketFrame(fin: fin, opcode: opcode, maskKey: masked ? key : nil, data: data)
  }

  @Test("a whole frame is a message")
  func whole() throws {
    var assembler = MessageAssembler(limit: 10)
    #expect(try assembler.receive(frame(.text, "hallo")) == .text("hallo"))
    #expect(try assembler.receive(frame(.binary, "abc")) == .binary(Array("abc".utf8)))
  }

  @Test("fragments become one message of the first one's kind")
  func fragments() throws {
    var assembler = MessageAssembler(limit: 10)
    #expect(try assembler.receive(frame(.text, "he", fin: false)) == nil)
    #expect(try assembler.receive(frame(.continuation, "", fin: false)) == nil)
    #expect(try assembler.receive(frame(.continuation, "llo")) == .text("hello"))
  }

  @Test("all fragments together count against the limit")
  func limit() throws {
    var assembler = MessageAssembler(limit: 4)
    _ = try assembler.receive(frame(.binary, "123", fin: false))
    #expect(throws: WebSocketViolation.tooLarge) { try assembler.receive(frame(.continuation, "45")) }
  }

  @Test("frames out of order, unmasked or with reserved bits break the protocol")
  func violations() throws {
    var assembler = MessageAssembler(limit: 10)
    #expect(throws: WebSocketViolation.protocolError) { try assembler.receive(frame(.continuation, "a")) }
    #expect(throws: WebSocketViolation.protocolError) { try assembler.receive(frame(.text, "a", masked: false)) }
    _ = try assembler.receive(frame(.text, "a", fin: false))
    #expect(throws: WebSocketViolation.protocolError) { try assembler.receive(frame(.text, "b")) }
    var reserved = frame(.continuation, "a")
    reserved.rsv1 = true
    #expect(throws: WebSocketViolation.protocolError) { try assembler.receive(reserved) }
  }

  @Test("text is UTF-8, also across fragments")
  func utf8() throws {
    var assembler = MessageAssembler(limit: 10)
    let key: WebSocketMaskingKey = [0, 0, 0, 0]
    let half = WebSocketFrame(fin: false, opcode: .text, maskKey: key, data: ByteBuffer(bytes: [0xC3]))
    let rest = WebSocketFrame(fin: true, opcode: .continuation, maskKey: key, data: ByteBuffer(bytes: [0xBC]))
    _ = try assembler.receive(half)
    #expect(try assembler.receive(rest) == .text("ü"))
    _ = try assembler.receive(half)
    #expect(throws: WebSocketViolation.notUTF8) { try assembler.receive(frame(.continuation, "x")) }
  }
}
