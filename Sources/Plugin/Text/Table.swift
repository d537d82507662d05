/// Columns aligned to the left, two blanks between them, below their header a row of dashes.
///
/// Where it is wider than the terminal, its columns go on below, each part beginning with the first column again: lines
/// that the terminal wraps cannot be read.
struct Table: Sendable, Hashable {
  /// Empty for lines that explain themselves, such as a label and its value.
  var header: [String] = []
  var rows: [[Styled]]

  func lines(_ layout: Layout) -> [String] {
    let dashes = header.map { Styled(String(repeating: "-", count: $0.count)) }
    let all = (header.isEmpty ? [] : [header.map { Styled($0) }, dashes]) + rows
    let count = all.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in
      all.map { column < $0.count ? $0[column].text.count : 0 }.max() ?? 0
    }
    return parts(widths, layout.width).flatMap { columns in
      all.flatMap { wrapped($0, widths, layout.width) }.map { Self.line($0, columns, widths, layout) }
    }
  }

  /// A label's value goes on below itself.
  private func wrapped(_ row: [Styled], _ widths: [Int], _ limit: Int?) -> [[Styled]] {
    let width = zip(row, widths).dropLast().reduce(row.last?.text.count ?? 0) { $0 + $1.1 + Self.gap }
    guard let limit, header.isEmpty, row.count > 1, width > limit else { return [row] }
    let value = Styled(row.dropFirst().map(\.text).joined(separator: " "), row[1].tone)
    let lines = value.wrapped(limit - widths[0] - Self.gap)
    return lines.enumerated().map { [$0 == 0 ? row[0] : "", $1] }
  }

  private static let gap = 2

  /// The columns of each part.
  private func parts(_ widths: [Int], _ limit: Int?) -> [[Int]] {
    guard let limit, !header.isEmpty, widths.count > 2 else { return [Array(widths.indices)] }
    var parts = [[0]]
    var width = widths[0]
    for column in widths.indices.dropFirst() {
      let isFirst = parts[parts.count - 1].count == 1
      if width + Self.gap + widths[column] > limit, !isFirst {
        parts.append([0])
        width = widths[0]
      }
      parts[parts.count - 1].append(column)
      width += Self.gap + widths[column]
    }
    return parts
  }

  private static func line(_ row: [Styled], _ columns: [Int], _ widths: [Int], _ layout: Layout) -> String {
    var line = ""
    var pending = 0
    for column in columns where column < row.count {
      let cell = row[column]
      if !cell.text.isEmpty {
        line += String(repeating: " ", count: pending) + cell.rendered(layout)
        pending = 0
      }
      pending += widths[column] - cell.text.count + gap
    }
    return line
  }
}
