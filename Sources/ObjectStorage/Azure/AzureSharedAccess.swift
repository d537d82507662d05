import Foundation

/// Appends a shared access signature, which is secret: it is part of the address then, so addresses are never shown with their
/// query.
struct AzureSharedAccess: AzureCredential {
  private let fields: [(name: String, value: String)]
  private let account: String

  /// - Parameter signature: `sv=…&sig=…`, with or without a leading question mark.
  init(account: String, signature: String) throws(ObjectStorageError) {
    var text = signature.trimmed[...]
    if text.hasPrefix("?") { text = text.dropFirst() }
    // A plus sign stands for itself: signatures are base64.
    fields = text.split(separator: "&").map { field in
      let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = parts.count == 2 ? String(parts[1]) : ""
      return (String(parts[0]), value.removingPercentEncoding ?? value)
    }
    guard fields.contains(where: { $0.name == "sig" && !$0.value.isEmpty }) else {
      throw .credentials(
        "The shared access signature for storage account \(account) has no field \"sig\"; copy it again.")
    }
    self.account = account
  }

  var identity: String { "The shared access signature for storage account \(account)" }

  var remedy: String {
    var facts: [String] = []
    for (name, meaning) in [("se", "expires"), ("st", "begins"), ("sp", "permits")] {
      if let value = fields.first(where: { $0.name == name })?.value { facts.append("\(meaning) \(value)") }
    }
    let text = facts.isEmpty ? "" : " (it \(facts.joined(separator: ", ")))"
    return "\(identity)\(text) must be valid and permit reading, "
      + "writing, listing and deleting blobs, and setting tags where the manifest has tags."
  }

  func authorize(_ request: inout ServiceRequest) async throws { request.query += fields }
}
