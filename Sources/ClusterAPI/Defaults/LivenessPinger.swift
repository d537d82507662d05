import Kubernetes

/// The value of the annotation `alpha.cnpg.io/livenessPinger`, which came before `probes.liveness.isolationCheck`.
struct LivenessPinger: Equatable {
  var enabled: Bool
  /// Milliseconds.
  var requestTimeout: Int
  /// Milliseconds.
  var connectionTimeout: Int

  struct Unreadable: Error, CustomStringConvertible {
    let description: String
  }

  static func parse(_ text: String) -> Result<LivenessPinger, Unreadable> {
    guard let value = try? JSON(parsing: text), case .object = value else {
      return .failure(Unreadable(description: "it is no JSON object"))
    }
    guard let enabled = value["enabled"]?.boolValue else {
      return .failure(Unreadable(description: "it does not say `enabled`, true or false"))
    }
    return .success(
      LivenessPinger(
        enabled: enabled, requestTimeout: milliseconds(value["requestTimeout"]),
        connectionTimeout: milliseconds(value["connectionTimeout"])))
  }

  private static func milliseconds(_ value: JSON?) -> Int {
    guard let number = value?.intValue, number > 0 else { return 1000 }
    return Int(number)
  }
}
