import Kubernetes
import Logging

/// Writes the instance manager's own log in the form that its readers know: `level`, `ts`, `logger`, `msg`.
///
/// `LoggingSystem.bootstrap { InstanceLogHandler(label: $0, pod: name) }`
public struct InstanceLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  private let label: String
  private let pod: String
  private let output: LogOutput

  public init(label: String, pod: String, level: Logger.Level = .info, output: LogOutput = .standard) {
    self.label = label
    self.pod = pod
    logLevel = level
    self.output = output
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    var fields: [String: JSON] = [:]
    for (key, value) in metadata.merging(event.metadata ?? [:], uniquingKeysWith: { $1 }) {
      fields[key] = .string("\(value)")
    }
    output.submit(
      level: Self.name(of: event.level), logger: label, message: event.message.description, pod: pod, fields: fields)
  }

  private static func name(of level: Logger.Level) -> String {
    switch level {
    case .trace: "trace"
    case .debug: "debug"
    case .info, .notice: "info"
    case .warning: "warning"
    case .error, .critical: "error"
    }
  }
}
