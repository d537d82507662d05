import Kubernetes

/// Gives services their addresses out of one range.
actor ServiceAddresses {
  /// A range of IPv4 addresses in CIDR notation.
  struct Range: Sendable, Equatable {
    /// The network's address and its size in addresses.
    let start: UInt32
    let size: UInt32

    /// - Returns: nil for anything but `a.b.c.d/n` with n from 8 to 30.
    init?(_ text: String) {
      let parts = text.split(separator: "/")
      guard parts.count == 2, let bits = UInt32(parts[1]), (8...30).contains(bits),
        let address = Self.number(String(parts[0]))
      else { return nil }
      size = 1 << (32 - bits)
      start = address & ~(size - 1)
    }

    static func number(_ address: String) -> UInt32? {
      let parts = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
      guard parts.count == 4 else { return nil }
      var number: UInt32 = 0
      for part in parts {
        guard let part else { return nil }
        number = number << 8 | UInt32(part)
      }
      return number
    }

    static func text(_ number: UInt32) -> String {
      [24, 16, 8, 0].map { String(number >> UInt32($0) & 0xFF) }.joined(separator: ".")
    }

    func contains(_ number: UInt32) -> Bool { number > start && number < start + size - 1 }
  }

  let range: Range
  private let store: Store
  /// The address of the Service `kubernetes`: the first of the range.
  nonisolated let first: String
  /// Addresses given to services whose write is under way, with the service's uid.
  private var reserved: [UInt32: String] = [:]

  init(range: Range, store: Store) {
    self.range = range
    self.store = store
    first = Range.text(range.start + 1)
  }

  /// A free address, or the wanted one, kept for the service until ``release(_:)``.
  ///
  /// - Throws: 422 where the wanted one is outside of the range or taken, 500 where none is left.
  func take(_ wanted: String?, for uid: String, service: String) throws(StatusError) -> String {
    let services = (try? store.list("services").objects) ?? []
    var taken: Set<UInt32> = []
    for object in services {
      if let number = object.fields["spec.clusterIP"].flatMap(Range.number) { taken.insert(number) }
    }
    taken.formUnion(reserved.filter { $0.value != uid }.keys)
    func refuse(_ why: String) -> StatusError {
      .invalid(Service.resource, service, [.invalid("spec.clusterIPs", [.string(wanted ?? "")], why)])
    }
    if let wanted {
      guard let number = Range.number(wanted), range.contains(number) else {
        throw refuse(
          "failed to allocate IP \(wanted): the provided IP is not in the valid range; choose one in "
            + "\(Range.text(range.start))-\(Range.text(range.start + range.size - 1)) or none")
      }
      guard !taken.contains(number) else {
        throw refuse("failed to allocate IP \(wanted): provided IP is already allocated")
      }
      reserved[number] = uid
      return wanted
    }
    // The first ones stay free for services that ask for a particular address.
    for number in (range.start + min(16, range.size / 4))..<(range.start + range.size - 1)
    where !taken.contains(number) {
      reserved[number] = uid
      return Range.text(number)
    }
    throw .internalError("failed to allocate a serviceIP: range is full; delete services that are not needed")
  }

  /// Forgets what was kept for a service.
  func release(_ uid: String) { reserved = reserved.filter { $0.value != uid } }
}
