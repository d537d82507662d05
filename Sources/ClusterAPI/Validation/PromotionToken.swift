import Foundation
import Kubernetes

/// What a demoted primary hands to its successor: a few lines of pg_controldata, as JSON in base64.
public struct PromotionToken: Sendable, Hashable {
  public let timeline: String
  public let walFile: String
  public let systemIdentifier: String
  public let redoLocation: String
  public let time: String
  public let operatorVersion: String

  /// What is wrong with a token.
  public struct Problem: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
  }

  public init(_ token: String) throws(Problem) {
    guard let data = Data(base64Encoded: token) else {
      throw Problem(description: "Invalid promotionToken format: it is no text in base64")
    }
    guard let content = try? JSON(parsing: String(decoding: data, as: UTF8.self)), case .object = content else {
      throw Problem(description: "Invalid promotionToken format: it holds no JSON object")
    }
    func text(_ key: String, _ meaning: String) throws(Problem) -> String {
      guard let text = content[key]?.stringValue, !text.isEmpty else {
        throw Problem(description: "Invalid promotionToken content: it does not say the \(meaning)")
      }
      return text
    }
    timeline = try text("latestCheckpointTimelineID", "latest checkpoint timeline ID")
    walFile = try text("redoWalFile", "REDO WAL file")
    systemIdentifier = try text("databaseSystemIdentifier", "database system identifier")
    redoLocation = try text("latestCheckpointREDOLocation", "latest checkpoint REDO location")
    time = try text("timeOfLatestCheckpoint", "time of latest checkpoint")
    operatorVersion = try text("operatorVersion", "operator version")
  }
}
