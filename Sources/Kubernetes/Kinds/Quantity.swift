/// A text that is not a quantity.
public struct QuantityError: Error, Sendable, Equatable, CustomStringConvertible {
  public let text: String

  public var description: String {
    "\"\(text)\" is no quantity: write a number with an optional suffix, such as 500m, 2, 1Gi, 10M or 1e9"
  }
}

/// An amount of a resource, exact: `500m`, `2`, `1Gi`, `1e9`
/// (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/).
///
/// Like Kubernetes it keeps nine digits after the point and rounds what is finer away from zero, and it never exceeds
/// 2^63-1. Equality and order are those of the amount: `1Gi` equals `1024Mi`.
public struct Quantity: Sendable, Hashable, Comparable {
  /// How the amount is written.
  public enum Format: Sendable, Hashable {
    /// `500m`, `10M`
    case decimal
    /// `1Gi`
    case binary
    /// `1e9`
    case exponent
  }

  /// Billionths.
  let nanos: Int128
  public let format: Format

  init(nanos: Int128, format: Format) {
    self.nanos = min(max(nanos, -Self.limit), Self.limit)
    self.format = format
  }

  static let one: Int128 = 1_000_000_000
  static let limit = Int128(Int64.max) * one

  public init(_ whole: Int, _ format: Format = .decimal) { self.init(nanos: Int128(whole) * Self.one, format: format) }

  public init(milli: Int) { self.init(nanos: Int128(milli) * (Self.one / 1000), format: .decimal) }

  /// Whole units, rounded up: bytes of a size.
  public var wholeValue: Int { rounded(to: Self.one) }

  /// Thousandths, rounded up: millicores of a CPU.
  public var milliValue: Int { rounded(to: Self.one / 1000) }

  public var isZero: Bool { nanos == 0 }

  private func rounded(to unit: Int128) -> Int {
    let (quotient, remainder) = nanos.quotientAndRemainder(dividingBy: unit)
    return Int(clamping: remainder > 0 ? quotient + 1 : quotient)
  }

  public static func == (left: Self, right: Self) -> Bool { left.nanos == right.nanos }
  public static func < (left: Self, right: Self) -> Bool { left.nanos < right.nanos }
  public func hash(into hasher: inout Hasher) { hasher.combine(nanos) }

  public static func + (left: Self, right: Self) -> Self {
    Quantity(nanos: left.nanos + right.nanos, format: left.isZero ? right.format : left.format)
  }

  public static func - (left: Self, right: Self) -> Self {
    Quantity(nanos: left.nanos - right.nanos, format: left.isZero ? right.format : left.format)
  }
}

extension Quantity: SchemaType, DefaultInitializable {
  public init() { self.init(0) }

  /// The pattern of Kubernetes' own CRDs. Manifests also write plain numbers.
  static let pattern =
    #"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"#

  public static var schema: Schema {
    var schema = Schema()
    schema.intOrString = true
    schema.pattern = pattern
    return schema
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let text: String
    if let whole = try? container.decode(Int.self) {
      text = String(whole)
    } else if let fraction = try? container.decode(Double.self) {
      text = String(fraction)
    } else {
      text = try container.decode(String.self)
    }
    do {
      try self.init(parsing: text)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: "\(error)")
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}
