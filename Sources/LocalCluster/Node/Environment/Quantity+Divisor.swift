import Kubernetes

extension Quantity {
  /// How many divisors hold this amount, rounded up: `1500m` in units of `1` are 2, in units of `1m` 1500.
  func roundedUp(in divisor: Quantity) -> Int {
    // Thousandths overflow for sizes of petabytes; whole divisors do without them.
    let isWhole = divisor.milliValue % 1000 == 0
    let (value, unit) = isWhole ? (wholeValue, divisor.wholeValue) : (milliValue, divisor.milliValue)
    guard unit > 0 else { return value }
    return value / unit + (value % unit > 0 ? 1 : 0)
  }
}
