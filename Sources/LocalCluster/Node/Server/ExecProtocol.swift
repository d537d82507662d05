import Kubernetes

/// Kubernetes' remote command protocol over WebSocket: the first byte of a binary message is the channel.
enum ExecProtocol: String, Sendable, CaseIterable {
  /// With the message that closes a channel, which is the client's end of input.
  case v5 = "v5.channel.k8s.io"
  case v4 = "v4.channel.k8s.io"

  enum Channel: UInt8, Sendable {
    case input = 0
    case output = 1
    case errorOutput = 2
    /// How it ended, as a `Status`.
    case status = 3
    case resize = 4
  }

  /// What a client says.
  enum Message: Sendable, Equatable {
    case input([UInt8])
    case endOfInput
    case resize(columns: UInt16, rows: UInt16)
    /// Something that has no meaning in the direction from client to server.
    case meaningless
  }

  private static let closeMarker: UInt8 = 255

  /// The newest version that the client offers.
  static func negotiate(_ offered: [String]) -> Self? { allCases.first { offered.contains($0.rawValue) } }

  func message(_ bytes: [UInt8]) -> Message {
    guard let channel = bytes.first else { return .meaningless }
    if self == .v5, channel == Self.closeMarker {
      return bytes.count == 2 && bytes[1] == Channel.input.rawValue ? .endOfInput : .meaningless
    }
    switch Channel(rawValue: channel) {
    case .input: return .input(Array(bytes.dropFirst()))
    case .resize:
      guard let size = try? JSON(parsing: Array(bytes.dropFirst())), let columns = size["Width"]?.intValue,
        let rows = size["Height"]?.intValue
      else { return .meaningless }
      return .resize(columns: UInt16(clamping: columns), rows: UInt16(clamping: rows))
    default: return .meaningless
    }
  }

  /// The last message before the end: `Success`, or `Failure` with the exit code as a cause.
  static func status(exitCode: Int32) -> JSON {
    guard exitCode != 0 else { return ["metadata": [:], "status": "Success"] }
    return [
      "metadata": [:], "status": "Failure", "reason": "NonZeroExitCode",
      "message": .string("command terminated with non-zero exit code: exit status \(exitCode)"),
      "details": ["causes": [["reason": "ExitCode", "message": .string(String(exitCode))]]],
    ]
  }

  static func failure(_ message: String) -> JSON {
    [
      "metadata": [:], "status": "Failure", "reason": "InternalError", "code": 500, "message": .string(message),
    ]
  }
}

/// What is to be run in a container, from the query of the request.
struct ExecRequest: Sendable, Equatable {
  var command: [String]
  var hasInput: Bool
  var hasOutput: Bool
  var hasErrorOutput: Bool
  var hasTerminal: Bool

  /// Nil where no command is named.
  init?(_ query: [(name: String, value: String)]) {
    command = query.filter { $0.name == "command" }.map(\.value)
    guard !command.isEmpty else { return nil }
    func isSet(_ names: String...) -> Bool {
      names.contains { name in QueryFlag.isSet(query.first { $0.name == name }?.value) }
    }
    // The API server has the first names, the kubelet the second.
    hasInput = isSet("stdin", "input")
    hasOutput = isSet("stdout", "output")
    hasTerminal = isSet("tty")
    // A terminal has one stream of output.
    hasErrorOutput = isSet("stderr", "error") && !hasTerminal
  }
}
