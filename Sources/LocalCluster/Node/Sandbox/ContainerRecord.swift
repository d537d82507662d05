import Foundation

/// What the node writes down about a run of a container before it starts.
struct ContainerRecord: Codable, Sendable, Equatable {
  /// `containerID` without its scheme.
  var id: String
  var image: String
  var imageID: String
  var workingDirectory: String
  var startedAt: Date
}

/// How a run of a container ended.
struct ContainerExit: Sendable, Equatable {
  /// 128 and the signal's number after a signal.
  var exitCode: Int
  var signal: Int?
  /// `Completed`, `Error`, `StartError`, `ContainerStatusUnknown`
  var reason: String
  var message: String?
  var startedAt: Date
  var finishedAt: Date
  var containerID: String?

  var isSuccess: Bool { exitCode == 0 }
}
