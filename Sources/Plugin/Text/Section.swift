/// A part of a report: a title, what it says, and a blank line.
struct Section: Sendable, Hashable {
  enum Block: Sendable, Hashable {
    case line(Styled)
    case table(Table)
    /// As it stands, line by line.
    case verbatim(String)
  }

  var title: Styled?
  var blocks: [Block] = []

  init(_ title: Styled?, _ blocks: [Block] = []) {
    self.title = title
    self.blocks = blocks
  }

  /// A section of one table, or of a word in its place where the table would be empty.
  init(_ title: Styled, _ header: [String], _ rows: [[Styled]], ifEmpty: Styled) {
    self.init(title, [rows.isEmpty ? .line(ifEmpty) : .table(Table(header: header, rows: rows))])
  }

  func text(_ layout: Layout) -> String {
    var lines = title.map { [$0.rendered(layout)] } ?? []
    for block in blocks {
      switch block {
      case .line(let text): lines += text.wrapped(layout.width).map { $0.rendered(layout) }
      case .table(let table): lines += table.lines(layout)
      case .verbatim(let text):
        lines += text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      }
    }
    return lines.map { $0 + "\n" }.joined() + "\n"
  }
}
