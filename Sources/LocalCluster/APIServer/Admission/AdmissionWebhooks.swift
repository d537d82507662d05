import Kubernetes
import Synchronization

/// The webhooks of all configurations, in their order. Each write asks for them, so they are read again only where a
/// configuration has changed.
final class AdmissionWebhooks: Sendable {
  private struct Known {
    var revisions: [Int64]
    var webhooks: [AdmissionWebhook]
  }

  private let store: Store
  private let known = Mutex<[String: Known]>([:])

  init(store: Store) { self.store = store }

  var mutating: [AdmissionWebhook] {
    webhooks("mutatingwebhookconfigurations") { value in
      ((try? value.decoded(as: MutatingWebhookConfiguration.self))?.webhooks ?? []).map(AdmissionWebhook.init)
    }
  }

  var validating: [AdmissionWebhook] {
    webhooks("validatingwebhookconfigurations") { value in
      ((try? value.decoded(as: ValidatingWebhookConfiguration.self))?.webhooks ?? []).map(AdmissionWebhook.init)
    }
  }

  private func webhooks(_ plural: String, _ read: (JSON) -> [AdmissionWebhook]) -> [AdmissionWebhook] {
    let objects = (try? store.list("\(plural).admissionregistration.k8s.io").objects) ?? []
    // No two writes have the same revision, so these tell one set of configurations from every other.
    let revisions = objects.map(\.revision)
    if let known = known.withLock({ $0[plural] }), known.revisions == revisions { return known.webhooks }
    let webhooks = objects.compactMap { try? $0.value() }.flatMap(read)
    known.withLock { $0[plural] = Known(revisions: revisions, webhooks: webhooks) }
    return webhooks
  }
}
