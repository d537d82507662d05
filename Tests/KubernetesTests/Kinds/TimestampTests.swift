import Foundation
import Testing

@testable import Kubernetes

@Suite("A timestamp")
struct TimestampTests {
  @Test("is written with whole seconds or with six digits")
  func writing() {
    let date = Date(timeIntervalSince1970: 1_769_860_800.25)
    #expect(Timestamp.seconds(date) == "2026-01-31T12:00:00Z")
    #expect(Timestamp.microseconds(date) == "2026-01-31T12:00:00.250000Z")
    #expect(Timestamp.microseconds(Date(timeIntervalSince1970: -0.5)) == "1969-12-31T23:59:59.500000Z")
  }

  @Test("is read with any fraction and offset")
  func reading() {
    #expect(Timestamp.date("2026-01-31T12:00:00Z")?.timeIntervalSince1970 == 1_769_860_800)
    #expect(Timestamp.date("2026-01-31T12:00:00.250000Z")?.timeIntervalSince1970 == 1_769_860_800.25)
    #expect(Timestamp.date("2026-01-31T14:00:00.25+02:00")?.timeIntervalSince1970 == 1_769_860_800.25)
    #expect(Timestamp.date("yesterday") == nil)
    #expect(Timestamp.date("2026-01-31T12:00:00.Z") == nil)
  }
}
