import Foundation
import Testing

/// Compares with a file of `Golden/`, or writes it (`MATRIARCH_REGENERATE=1`): its difference shows a reviewer what
/// people will see differently.
func expectGolden(_ text: String, _ name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden/\(name).txt")
  if ProcessInfo.processInfo.environment["MATRIARCH_REGENERATE"] != nil {
    try text.write(to: file, atomically: true, encoding: .utf8)
    return
  }
  let golden = try String(contentsOf: file, encoding: .utf8)
  #expect(text == golden, "see \(file.path)", sourceLocation: sourceLocation)
}
