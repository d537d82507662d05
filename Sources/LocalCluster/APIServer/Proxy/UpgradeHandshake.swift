import NIOCore
import NIOHTTP1

/// The answer to a request for another protocol.
struct UpgradeAnswer: Sendable {
  var status: Int
  var headers: HTTPHeaders
  /// The beginning of a refusal's body, for the message.
  var body: String
}

/// Waits for the answer to an upgrade request and holds back what follows it until ``release(_:)``.
final class UpgradeHandshake: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }

  private static let headLimit = 64 << 10
  /// Neither the answer nor the reader after it may keep a connection waiting for longer.
  private static let patience = TimeAmount.seconds(15)

  private let answer: EventLoopPromise<UpgradeAnswer>
  private var received = ByteBuffer()
  private var isAnswered = false
  private var isReleased = false
  private var hasEnded = false
  private var deadline: Scheduled<Void>?

  init(_ answer: EventLoopPromise<UpgradeAnswer>) { self.answer = answer }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    deadline = context.eventLoop.scheduleTask(in: Self.patience) { channel.close(promise: nil) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isReleased else { return context.fireChannelRead(data) }
    var bytes = unwrapInboundIn(data)
    received.writeBuffer(&bytes)
    if isAnswered {
      // Nobody reads yet: let the peer wait.
      context.channel.setOption(.autoRead, value: false).whenComplete { _ in }
      return
    }
    readAnswer(context)
  }

  private func readAnswer(_ context: ChannelHandlerContext) {
    guard let end = received.readableBytesView.firstRange(of: Array("\r\n\r\n".utf8)) else {
      if received.readableBytes > Self.headLimit { fail(context, "the answer's header is too long") }
      return
    }
    let length = end.upperBound - received.readerIndex
    let text = received.readString(length: length) ?? ""
    let lines = text.components(separatedBy: "\r\n")
    let words = (lines.first ?? "").split(separator: " ", maxSplits: 2)
    guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
      return fail(context, "the answer is not HTTP")
    }
    var headers = HTTPHeaders()
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":") else { continue }
      headers.add(
        name: String(line[..<colon]),
        value: line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }
    isAnswered = true
    let body = status == 101 ? "" : String(buffer: received)
    answer.succeed(UpgradeAnswer(status: status, headers: headers, body: body))
  }

  private func fail(_ context: ChannelHandlerContext, _ why: String) {
    answer.fail(Failure(description: why))
    context.close(promise: nil)
  }

  /// Lets through what has been held back and all that follows. To be called on the event loop.
  func release(_ context: ChannelHandlerContext) {
    deadline?.cancel()
    isReleased = true
    if received.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(received)) }
    received.clear()
    context.fireChannelReadComplete()
    if hasEnded { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
    context.channel.setOption(.autoRead, value: true).whenComplete { _ in }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if !isReleased, case ChannelEvent.inputClosed = event {
      hasEnded = true
      if !isAnswered { fail(context, "the connection was closed") }
      return
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    deadline?.cancel()
    if !isAnswered { answer.fail(Failure(description: "the connection was closed")) }
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if !isAnswered { answer.fail(error) }
    context.close(promise: nil)
  }
}
