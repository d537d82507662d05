import Glibc
import Kubernetes
import NIOCore
import NIOPosix
import Processes
import Web

/// A command in a running container, from its start to the last byte of its output.
struct ExecSession: Sendable {
  let directory: ContainerDirectory
  let request: ExecRequest

  /// What goes to the client; the closure waits while the client is slow.
  typealias Send = @Sendable (ExecProtocol.Channel, [UInt8]) async throws -> Void

  /// Runs the command.
  ///
  /// - Parameters:
  ///   - messages: what the client says; when it ends before the command does, the client is gone and the command is
  ///     killed.
  ///   - send: takes the output and, last, the status.
  ///   - close: says goodbye after that; the client's answer is awaited, so that nothing is lost in a reset.
  func run(
    messages: some AsyncSequence<ExecProtocol.Message, any Error> & Sendable, send: @escaping Send,
    close: @Sendable () async throws -> Void
  ) async throws {
    let (streams, process): (ExecStreams, ChildProcess)
    do {
      (streams, process) = try await start()
    } catch let error as StartFailure {
      return try await send(.status, ExecProtocol.failure(error.message).serialized())
    }
    do {
      try await carry(streams, process, messages, send, close)
    } catch {
      Self.kill(process)
      _ = await process.wait()
      throw error
    }
  }

  private struct StartFailure: Error { let message: String }

  private func start() async throws -> (ExecStreams, ChildProcess) {
    guard var entry = try await Blocking.run({ ContainerEntry(directory) }) else {
      throw StartFailure(message: "the container is not running yet")
    }
    let streams: ExecStreams
    do { streams = try ExecStreams(request) } catch { throw StartFailure(message: "\(error)") }
    defer { streams.closeTheirs() }
    var executable = ContainerEntry.nsenter
    var arguments = entry.arguments(request.command)
    if request.hasTerminal {
      entry.variables["TERM"] = entry.variables["TERM"] ?? "xterm"
      // A session with the terminal as its controlling one, for job control and SIGHUP at its end.
      arguments = ["--ctty", "--wait", executable] + arguments
      executable = "/usr/bin/setsid"
    }
    do {
      let variables = try MemoryFile.make(Array(entry.script.utf8))
      defer { Glibc.close(variables) }
      let process = try ChildProcess.start(
        ProcessSpecification(
          executable: executable, arguments: arguments, environment: ContainerEntry.environment, workingDirectory: "/",
          input: streams.input, output: streams.output, errorOutput: streams.errorOutput,
          newSession: !request.hasTerminal,
          inheritedDescriptors: [(variables, ContainerEntry.variablesDescriptor)]))
      return (streams, process)
    } catch {
      for case let descriptor? in [streams.reading, streams.writing, streams.errorReading, streams.terminal] {
        Glibc.close(descriptor)
      }
      throw StartFailure(message: "\(error)")
    }
  }

  private func carry(
    _ streams: ExecStreams, _ process: ChildProcess,
    _ messages: some AsyncSequence<ExecProtocol.Message, any Error> & Sendable, _ send: @escaping Send,
    _ close: @Sendable () async throws -> Void
  ) async throws {
    defer { if let terminal = streams.terminal { Glibc.close(terminal) } }
    let output = try await Self.channel(reading: streams.reading, writing: streams.writing)
    // Kubernetes' servers begin with an empty message, which tells the client that the command runs.
    if request.hasOutput { try await send(.output, []) }
    try await output.executeThenClose { inbound, outbound in
      let end = EndMark()
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          await listen(to: messages, outbound, streams)
          if !end.isSet { Self.kill(process) }
        }
        try await withThrowingTaskGroup(of: Void.self) { outputs in
          outputs.addTask { try await forward(inbound, as: request.hasOutput ? .output : nil, send) }
          if let descriptor = streams.errorReading {
            outputs.addTask { try await forwardErrors(descriptor, send) }
          }
          try await outputs.waitForAll()
        }
        let status = ExecProtocol.status(exitCode: Self.code(await process.wait()))
        end.set()
        try await send(.status, status.serialized())
        try await close()
        group.addTask { try await Task.sleep(for: Self.farewell) }
        try await group.next()
        group.cancelAll()
      }
    }
  }

  /// How long a client has to answer our goodbye.
  private static let farewell: Duration = .seconds(5)

  private func forwardErrors(_ descriptor: Int32, _ send: @escaping Send) async throws {
    let channel = try await Self.channel(reading: descriptor, writing: nil)
    try await channel.executeThenClose { inbound, _ in
      try await forward(inbound, as: request.hasErrorOutput ? .errorOutput : nil, send)
    }
  }

  private func forward(
    _ inbound: NIOAsyncChannelInboundStream<ByteBuffer>, as channel: ExecProtocol.Channel?, _ send: Send
  ) async throws {
    do {
      for try await buffer in inbound {
        if let channel { try await send(channel, Array(buffer.readableBytesView)) }
      }
    } catch let error as IOError where error.errnoCode == EIO {
      // How Linux says that nobody holds the other side of the terminal any more (pty(7)).
    }
  }

  private func listen(
    to messages: some AsyncSequence<ExecProtocol.Message, any Error>,
    _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, _ streams: ExecStreams
  ) async {
    do {
      for try await message in messages {
        switch message {
        case .input(let bytes):
          // Written to a command that reads no more: its business, not the session's.
          if request.hasInput, !bytes.isEmpty { try? await outbound.write(ByteBuffer(bytes: bytes)) }
        case .endOfInput:
          if request.hasTerminal {
            // The end-of-file character of terminals (termios(3), VEOF): closing would be hanging up.
            try? await outbound.write(ByteBuffer(bytes: [4]))
          } else {
            outbound.finish()
          }
        case .resize(let columns, let rows):
          if let terminal = streams.terminal { ExecStreams.resize(terminal, columns: columns, rows: rows) }
        case .meaningless: continue
        }
      }
    } catch {
      return
    }
  }

  /// With its whole process group: `nsenter` has a child in the container, which would outlive it.
  private static func kill(_ process: ChildProcess) {
    process.sendToGroup(SIGKILL)
    // `setsid` leads its group a moment after its start only.
    process.send(SIGKILL)
  }

  private static func code(_ status: ExitStatus) -> Int32 {
    switch status {
    case .exited(let code): code
    case .signaled(let signal): 128 + signal
    }
  }

  private static func channel(
    reading: Int32, writing: Int32?
  ) async throws -> NIOAsyncChannel<ByteBuffer, ByteBuffer> {
    let bootstrap = NIOPipeBootstrap(group: NIOSingletons.posixEventLoopGroup)
      .channelOption(.allowRemoteHalfClosure, value: true)
    let wrap: @Sendable (any Channel) -> EventLoopFuture<NIOAsyncChannel<ByteBuffer, ByteBuffer>> = { channel in
      channel.eventLoop.makeCompletedFuture {
        try NIOAsyncChannel(
          wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
      }
    }
    if let writing {
      return try await bootstrap.takingOwnershipOfDescriptors(input: reading, output: writing, channelInitializer: wrap)
    }
    return try await bootstrap.takingOwnershipOfDescriptor(input: reading, channelInitializer: wrap)
  }
}
