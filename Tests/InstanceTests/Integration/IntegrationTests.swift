import Foundation
import Testing

/// The suites with real servers, each in a sandbox of its own, one after the other: each is enough for two cores.
@Suite(.enabled(if: Sandbox.isAvailable && !Sandbox.isInside), .serialized) struct IntegrationTests {
  /// `MATRIARCH_SUITE=StandbyTests` runs one of them, `MATRIARCH_SUITE=StandbyTests/rewind` one of its tests.
  private static let suites =
    ProcessInfo.processInfo.environment["MATRIARCH_SUITE"].map { [$0] } ?? [
      "RealPostgresTests", "RefusalTests", "LastGoodTests", "InitializationTests", "VolumeTests", "StandbyTests",
      "ArchiveTests", "ArchiveFaultTests", "RestoreFaultTests", "RecoveryTargetTests", "BarmanTests",
      "PrimaryLossTests",
    ]

  @Test(
    "instances with real postgres in a sandbox",
    .timeLimit(.minutes(10)),
    arguments: suites)
  func inASandbox(suite: String) async throws {
    let result = try await Sandbox.run(filter: suite)
    #expect(result.status.isSuccess, "\(result.text)\n\(result.errorText)")
    let text = result.text + result.errorText
    #expect(text.contains("Suite \(suite.prefix { $0 != "/" }) passed"), "the tests did run:\n\(text)")
    print(text.split(separator: "\n").filter { $0.hasPrefix("initdb to streaming") }.joined(separator: "\n"))
  }
}
