import Foundation
import Kubernetes

/// What a demoted primary hands to its successor: a few lines of pg_controldata, as JSON in base64.
enum PromotionToken {
  private static let fields = [
    ("latestCheckpointTimelineID", "latest checkpoint timeline ID"), ("redoWalFile", "REDO WAL file"),
    ("databaseSystemIdentifier", "database system identifier"),
    ("latestCheckpointREDOLocation", "latest checkpoint REDO location"),
    ("timeOfLatestCheckpoint", "time of latest checkpoint"), ("operatorVersion", "operator version"),
  ]

  /// What is wrong with a token, or nil.
  static func problem(_ token: String) -> String? {
    guard let data = Data(base64Encoded: token) else { return "Invalid promotionToken format: it is no text in base64" }
    guard let content = try? JSON(parsing: String(decoding: data, as: UTF8.self)), case .object = content else {
      return "Invalid promotionToken format: it holds no JSON object"
    }
    guard let missing = fields.first(where: { (content[$0.0]?.stringValue ?? "").isEmpty }) else { return nil }
    return "Invalid promotionToken content: it does not say the \(missing.1)"
  }
}
