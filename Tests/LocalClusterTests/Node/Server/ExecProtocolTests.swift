import Kubernetes
import Testing

@testable import LocalCluster

@Suite("The protocol of exec")
struct ExecProtocolTests {
  @Test("is the newest that both know")
  func negotiation() {
    #expect(ExecProtocol.negotiate(["v4.channel.k8s.io", "v5.channel.k8s.io"]) == .v5)
    #expect(ExecProtocol.negotiate(["v4.channel.k8s.io"]) == .v4)
    #expect(ExecProtocol.negotiate(["base64.channel.k8s.io"]) == nil)
  }

  @Test("has the channel in the first byte; only version 5 can end the input")
  func messages() {
    #expect(ExecProtocol.v5.message([0, 65, 66]) == .input([65, 66]))
    #expect(ExecProtocol.v5.message([255, 0]) == .endOfInput)
    #expect(ExecProtocol.v4.message([255, 0]) == .meaningless)
    #expect(ExecProtocol.v5.message([4] + Array(#"{"Width":80,"Height":24}"#.utf8)) == .resize(columns: 80, rows: 24))
    #expect(
      ExecProtocol.v5.message([4] + Array(#"{"Width":99999,"Height":-1}"#.utf8)) == .resize(columns: 65535, rows: 0))
  }

  @Test(
    "ignores what a client has no business to say",
    arguments: [[], [1, 65], [3], [255], [255, 1], [4, 123], [9]] as [[UInt8]])
  func meaningless(bytes: [UInt8]) { #expect(ExecProtocol.v5.message(bytes) == .meaningless) }

  @Test("ends with a status that names the exit code")
  func status() {
    #expect(ExecProtocol.status(exitCode: 0)["status"] == "Success")
    let failure = ExecProtocol.status(exitCode: 7)
    #expect(failure["reason"] == "NonZeroExitCode")
    #expect(failure[path: ["details", "causes"]] == [["reason": "ExitCode", "message": "7"]])
  }

  @Test("takes the command and the streams from the query")
  func request() throws {
    let request = try #require(
      ExecRequest([
        ("command", "ls"), ("command", "-l"), ("stdin", "True"), ("stdout", "1"), ("stderr", "true"), ("tty", "false"),
      ]))
    #expect(request.command == ["ls", "-l"])
    #expect(request.hasInput && request.hasOutput && request.hasErrorOutput && !request.hasTerminal)
    #expect(ExecRequest([("stdin", "true")]) == nil)
    let terminal = try #require(ExecRequest([("command", "sh"), ("tty", "1"), ("stdout", "1"), ("stderr", "1")]))
    #expect(terminal.hasTerminal && !terminal.hasErrorOutput)
  }

  @Test("enters a container with its own credentials, the command as it is")
  func entry() {
    let entry = ContainerEntry(process: 42, workingDirectory: "/w", variables: [:])
    let arguments = entry.arguments(["sh", "-c", "exit 1"])
    #expect(arguments.prefix(2) == ["--target", "42"])
    #expect(arguments.contains("--preserve-credentials"))
    #expect(arguments.suffix(4) == ["/w", "sh", "-c", "exit 1"])
  }

  @Test("gives the container's variables to the shell inside, quoted, and those that no shell takes to nobody")
  func variables() {
    let entry = ContainerEntry(
      process: 42, workingDirectory: "/w",
      variables: ["A": "it's $(here)\nand there", "_b1": "", "1c": "x", "d.e": "x", "": "x", "F G": "x"])
    #expect(entry.script == #"export A='it'\''s $(here)"# + "\nand there'\nexport _b1=''\n")
  }
}
