extension Quantity: CustomStringConvertible {
  private static let decimalSuffixes: [(suffix: String, power: Int)] = [
    ("n", -9), ("u", -6), ("m", -3), ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("P", 15), ("E", 18),
  ]
  private static let binarySuffixes = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"]

  /// Reads a quantity.
  ///
  /// - Throws: ``QuantityError``.
  public init(parsing text: String) throws(QuantityError) {
    let failure = QuantityError(text: text)
    var rest = Substring(text)
    let isNegative = rest.first == "-"
    if let sign = rest.first, sign == "-" || sign == "+" { rest.removeFirst() }
    let whole = rest.prefix { $0.isASCII && $0.isWholeNumber }
    rest = rest.dropFirst(whole.count)
    var fraction: Substring = ""
    if rest.first == "." {
      rest.removeFirst()
      fraction = rest.prefix { $0.isASCII && $0.isWholeNumber }
      rest = rest.dropFirst(fraction.count)
    }
    guard !whole.isEmpty || !fraction.isEmpty else { throw failure }

    let format: Format
    var power = 0
    var factor: Int128 = 1
    if let index = Self.binarySuffixes.firstIndex(of: String(rest)) {
      format = .binary
      factor = Int128(1) << (10 * (index + 1))
    } else if let known = Self.decimalSuffixes.first(where: { $0.suffix == rest }) {
      format = .decimal
      power = known.power
    } else if let letter = rest.first, letter == "e" || letter == "E", let exponent = Int(rest.dropFirst()),
      (-1000...1000).contains(exponent)
    {
      format = .exponent
      power = exponent
    } else {
      throw failure
    }
    let magnitude = Self.nanos(digits: whole + fraction, power: power - fraction.count + 9, factor: factor)
    self.init(nanos: isNegative ? -magnitude : magnitude, format: format)
  }

  /// digits × 10^power × factor, never above the limit, rounded up.
  private static func nanos(digits: Substring, power: Int, factor: Int128) -> Int128 {
    // 60 bits of the factor leave 67 bits for the digits; more of them are beyond the limit or below a billionth.
    var value: Int128 = 0
    var power = power
    var isInexact = false
    for digit in digits {
      if value > Int128(1) << 62 {
        power += 1
        isInexact = isInexact || digit != "0"
      } else {
        value = value * 10 + Int128(digit.wholeNumberValue ?? 0)
      }
    }
    if value == 0 { return 0 }
    value *= factor
    while power > 0 {
      guard value < limit else { return limit }
      value *= 10
      power -= 1
    }
    while power < 0 {
      if value == 0 { break }
      let (quotient, remainder) = value.quotientAndRemainder(dividingBy: 10)
      isInexact = isInexact || remainder != 0
      value = quotient
      power += 1
    }
    return isInexact ? value + 1 : value
  }

  /// The canonical text: the largest suffix that needs no fraction.
  public var description: String {
    // Kubernetes writes small and fractional binary quantities as decimal ones.
    if format == .binary, abs(nanos) >= 1024 * Self.one, nanos % Self.one == 0 {
      var value = nanos / Self.one
      var suffix = ""
      for next in Self.binarySuffixes where value % 1024 == 0 {
        value /= 1024
        suffix = next
      }
      return "\(value)\(suffix)"
    }
    if nanos == 0 { return "0" }
    var value = nanos
    var index = 0
    while index + 1 < Self.decimalSuffixes.count, value % 1000 == 0 {
      value /= 1000
      index += 1
    }
    let (suffix, power) = Self.decimalSuffixes[index]
    if format == .exponent { return power == 0 ? "\(value)" : "\(value)e\(power)" }
    return "\(value)\(suffix)"
  }
}
