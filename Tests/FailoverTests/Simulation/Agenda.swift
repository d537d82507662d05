/// What happens when, in virtual time: a binary heap, in the order of time and then of planning.
struct Agenda<Item> {
  private var heap: [(at: Int, number: Int, slot: Int)] = []
  /// The items themselves stay where they are while the heap is sorted.
  private var items: [Item?] = []
  private var free: [Int] = []
  private var count = 0

  mutating func plan(_ item: Item, at time: Int) {
    let slot: Int
    if let last = free.popLast() {
      slot = last
      items[slot] = item
    } else {
      slot = items.count
      items.append(item)
    }
    heap.append((time, count, slot))
    count += 1
    var child = heap.count - 1
    while child > 0, isBefore(child, (child - 1) / 2) {
      heap.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func next() -> (at: Int, item: Item)? {
    guard let first = heap.first else { return nil }
    let last = heap.removeLast()
    if !heap.isEmpty {
      heap[0] = last
      sink()
    }
    guard let item = items[first.slot].take() else { return nil }
    free.append(first.slot)
    return (first.at, item)
  }

  private mutating func sink() {
    var parent = 0
    while true {
      var least = parent
      let child = 2 * parent + 1
      if child < heap.count, isBefore(child, least) { least = child }
      if child + 1 < heap.count, isBefore(child + 1, least) { least = child + 1 }
      if least == parent { return }
      heap.swapAt(parent, least)
      parent = least
    }
  }

  private func isBefore(_ a: Int, _ b: Int) -> Bool {
    (heap[a].at, heap[a].number) < (heap[b].at, heap[b].number)
  }
}
