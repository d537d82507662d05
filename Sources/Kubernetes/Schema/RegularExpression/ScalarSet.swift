/// A set of characters (Unicode scalars) as a regular expression names it.
struct ScalarSet: Sendable {
  private(set) var ranges: [ClosedRange<UInt32>] = []
  private(set) var categories: [Unicode.GeneralCategory] = []
  /// Sets united with this one that have a sense of their own, such as `\D` inside brackets.
  private var parts: [ScalarSet] = []
  private var isNegated = false
  private var foldsCase = false
  /// Membership of the 128 ASCII characters, which nearly all text is made of.
  private var ascii: (UInt64, UInt64) = (0, 0)

  init(
    ranges: [ClosedRange<UInt32>] = [], categories: [Unicode.GeneralCategory] = [], parts: [ScalarSet] = [],
    negated: Bool = false, foldsCase: Bool = false
  ) {
    self.ranges = ranges
    self.categories = categories
    self.parts = parts
    isNegated = negated
    self.foldsCase = foldsCase
    for value in UInt8(0)..<128 where lookUp(Unicode.Scalar(value)) {
      if value < 64 { ascii.0 |= 1 << UInt64(value) } else { ascii.1 |= 1 << UInt64(value - 64) }
    }
  }

  init(_ scalar: Unicode.Scalar, foldsCase: Bool = false) {
    self.init(ranges: [scalar.value...scalar.value], foldsCase: foldsCase)
  }

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    let value = scalar.value
    if value < 64 { return ascii.0 >> UInt64(value) & 1 == 1 }
    if value < 128 { return ascii.1 >> UInt64(value - 64) & 1 == 1 }
    return lookUp(scalar)
  }

  private func lookUp(_ scalar: Unicode.Scalar) -> Bool {
    var found = holds(scalar)
    if !found && foldsCase {
      let properties = scalar.properties
      for variant in [properties.lowercaseMapping, properties.uppercaseMapping] where !found {
        let scalars = variant.unicodeScalars
        if let only = scalars.first, scalars.count == 1 { found = holds(only) }
      }
    }
    return found != isNegated
  }

  private func holds(_ scalar: Unicode.Scalar) -> Bool {
    ranges.contains { $0.contains(scalar.value) } || parts.contains { $0.contains(scalar) }
      || (!categories.isEmpty && categories.contains(scalar.properties.generalCategory))
  }

  var negated: ScalarSet {
    ScalarSet(ranges: ranges, categories: categories, parts: parts, negated: !isNegated, foldsCase: foldsCase)
  }

  static let any = ScalarSet(negated: true)
  static let anyButNewline = ScalarSet(ranges: [10...10], negated: true)
  static let digit = ScalarSet(ranges: [0x30...0x39])
  static let word = ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x5F...0x5F, 0x61...0x7A])
  static let space = ScalarSet(ranges: [9...10, 12...13, 32...32])

  /// The class `[:name:]`.
  static func posix(_ name: some StringProtocol) -> ScalarSet? {
    switch name {
    case "alnum": ScalarSet(ranges: [0x30...0x39, 0x41...0x5A, 0x61...0x7A])
    case "alpha": ScalarSet(ranges: [0x41...0x5A, 0x61...0x7A])
    case "ascii": ScalarSet(ranges: [0...0x7F])
    case "blank": ScalarSet(ranges: [9...9, 32...32])
    case "cntrl": ScalarSet(ranges: [0...0x1F, 0x7F...0x7F])
    case "digit": digit
    case "graph": ScalarSet(ranges: [0x21...0x7E])
    case "lower": ScalarSet(ranges: [0x61...0x7A])
    case "print": ScalarSet(ranges: [0x20...0x7E])
    case "punct": ScalarSet(ranges: [0x21...0x2F, 0x3A...0x40, 0x5B...0x60, 0x7B...0x7E])
    case "space": ScalarSet(ranges: [9...13, 32...32])
    case "upper": ScalarSet(ranges: [0x41...0x5A])
    case "word": word
    case "xdigit": ScalarSet(ranges: [0x30...0x39, 0x41...0x46, 0x61...0x66])
    default: nil
    }
  }

  /// The general category `\p{name}`; scripts are not known.
  static func category(_ name: some StringProtocol) -> ScalarSet? {
    let letters: [Unicode.GeneralCategory] = [
      .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
    ]
    let categories: [Unicode.GeneralCategory]
    switch name {
    case "Any": return .any
    case "L": categories = letters
    case "Lu": categories = [.uppercaseLetter]
    case "Ll": categories = [.lowercaseLetter]
    case "Lt": categories = [.titlecaseLetter]
    case "Lm": categories = [.modifierLetter]
    case "Lo": categories = [.otherLetter]
    case "M": categories = [.nonspacingMark, .spacingMark, .enclosingMark]
    case "Mn": categories = [.nonspacingMark]
    case "N": categories = [.decimalNumber, .letterNumber, .otherNumber]
    case "Nd": categories = [.decimalNumber]
    case "P":
      categories = [
        .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
        .finalPunctuation, .otherPunctuation,
      ]
    case "S": categories = [.mathSymbol, .currencySymbol, .modifierSymbol, .otherSymbol]
    case "Z": categories = [.spaceSeparator, .lineSeparator, .paragraphSeparator]
    case "Zs": categories = [.spaceSeparator]
    case "C": categories = [.control, .format, .surrogate, .privateUse]
    case "Cc": categories = [.control]
    default: return nil
    }
    return ScalarSet(categories: categories)
  }
}
