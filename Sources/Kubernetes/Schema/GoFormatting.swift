// Kubernetes' messages are Go's: tools and people match them, so quoting and numbers have to look like `%q` and `%v`.

/// A string as Go's `%q` prints it.
func goQuoted(_ text: String) -> String {
  var quoted = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": quoted += "\\\""
    case "\\": quoted += "\\\\"
    case "\n": quoted += "\\n"
    case "\r": quoted += "\\r"
    case "\t": quoted += "\\t"
    case "\u{7}": quoted += "\\a"
    case "\u{8}": quoted += "\\b"
    case "\u{B}": quoted += "\\v"
    case "\u{C}": quoted += "\\f"
    case "\0"..." ", "\u{7F}":
      if scalar == " " { quoted += " " } else { quoted += "\\x" + hexadecimal(scalar.value, digits: 2) }
    default:
      if scalar.isPrintable {
        quoted.unicodeScalars.append(scalar)
      } else {
        quoted += scalar.value > 0xFFFF ? "\\U" : "\\u"
        quoted += hexadecimal(scalar.value, digits: scalar.value > 0xFFFF ? 8 : 4)
      }
    }
  }
  return quoted + "\""
}

/// A number as Go's `%v` prints it: the shortest digits, with an exponent from a million on (`1e+06`) and below 0.0001.
func goFloat(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "-Inf" : "+Inf" }
  let sign = value.sign == .minus ? "-" : ""
  guard value != 0 else { return sign + "0" }
  // Swift's own description has the same digits and puts the point elsewhere.
  let parts = "\(value.magnitude)".split(separator: "e")
  let mantissa = parts[0].split(separator: ".")
  var digits = mantissa.joined()
  var exponent = mantissa[0].count - 1 + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
  while digits.count > 1, digits.hasPrefix("0") {
    digits.removeFirst()
    exponent -= 1
  }
  while digits.count > 1, digits.hasSuffix("0") { digits.removeLast() }
  if exponent < -4 || exponent >= 6 {
    let fraction = digits.dropFirst()
    let power = "\(abs(exponent))"
    return sign + digits.prefix(1) + (fraction.isEmpty ? "" : ".\(fraction)") + (exponent < 0 ? "e-" : "e+")
      + (power.count < 2 ? "0" : "") + power
  }
  if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + digits }
  let whole = digits.prefix(exponent + 1)
  let fraction = digits.dropFirst(exponent + 1)
  return sign + whole + String(repeating: "0", count: exponent + 1 - whole.count)
    + (fraction.isEmpty ? "" : ".\(fraction)")
}

private func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

extension Unicode.Scalar {
  fileprivate var isPrintable: Bool {
    switch properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator, .spaceSeparator:
      false
    default: true
    }
  }
}
