import Glibc
import Processes

/// One page of a directory's objects, in the order of their keys' bytes, as object stores list them.
struct FileListing {
  private static let pageSize = 5000

  private let tree: FileTree
  private let prefix: String
  private let isFlat: Bool
  /// The last key or prefix of the page before.
  private let after: String?
  private var listing = ObjectListing()
  private var last: String?

  init(tree: FileTree, prefix: String, isFlat: Bool, after: String?) {
    self.tree = tree
    self.prefix = prefix
    self.isFlat = isFlat
    self.after = after
  }

  func page() throws -> ObjectListing {
    // Only keys begin so; nothing else is looked at.
    let folders = prefix.split(separator: "/", omittingEmptySubsequences: false).dropLast().map(String.init)
    guard folders.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") }) else { return ObjectListing() }
    guard let folder = try tree.openFolder(folders, create: false) else { return ObjectListing() }
    var page = self
    try page.visit(folder, folders: folders)
    return page.listing
  }

  private var isFull: Bool { listing.objects.count + listing.prefixes.count >= Self.pageSize }

  /// - Returns: false once the page is full.
  @discardableResult
  private mutating func visit(_ folder: OpenFolder, folders: [String]) throws -> Bool {
    let path = folders.map { "\($0)/" }.joined()
    // A folder's slash is part of its key's order: "a.b" comes before "a/b".
    let entries = try folder.entries().filter { !$0.name.hasPrefix(".") }
      .map { (text: path + $0.name + ($0.isFolder ? "/" : ""), entry: $0) }
      .sorted { $0.text.utf8.lexicographicallyPrecedes($1.text.utf8) }
    for (text, entry) in entries where mayFollow(text, isFolder: entry.isFolder) {
      let isFine = try entry.isFolder ? enter(entry.name, text, folders) : add(text, in: folder, name: entry.name)
      if !isFine { return false }
    }
    return true
  }

  private func mayFollow(_ text: String, isFolder: Bool) -> Bool {
    let isWanted = text.hasPrefix(prefix) || isFolder && prefix.hasPrefix(text)
    guard isWanted, let after else { return isWanted }
    if after.utf8.lexicographicallyPrecedes(text.utf8) { return true }
    // The page before ended inside this folder.
    return isFolder && isFlat && after.hasPrefix(text)
  }

  private mutating func enter(_ name: String, _ text: String, _ folders: [String]) throws -> Bool {
    guard let folder = try tree.openFolder(folders + [name], create: false) else { return true }
    if isFlat { return try visit(folder, folders: folders + [name]) }
    guard try hasObject(folder, folders: folders + [name]) else { return true }
    guard mayAdd(text) else { return false }
    listing.prefixes.append(text)
    return true
  }

  private mutating func add(_ text: String, in folder: OpenFolder, name: String) throws -> Bool {
    // Not everything that a file may be called is a key.
    guard let key = try? ObjectKey(text) else { return true }
    var status = stat()
    // Removed since.
    guard fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { return true }
    guard mayAdd(text) else { return false }
    listing.objects.append(ObjectInformation(key, status))
    return true
  }

  private mutating func mayAdd(_ text: String) -> Bool {
    guard !isFull else {
      listing.next = last
      return false
    }
    last = text
    return true
  }

  /// Empty folders are no prefixes: object stores have none.
  private func hasObject(_ folder: OpenFolder, folders: [String]) throws -> Bool {
    let entries = try folder.entries().filter { !$0.name.hasPrefix(".") }
    if entries.contains(where: { !$0.isFolder }) { return true }
    return try entries.contains { entry in
      guard let below = try tree.openFolder(folders + [entry.name], create: false) else { return false }
      return try hasObject(below, folders: folders + [entry.name])
    }
  }
}
