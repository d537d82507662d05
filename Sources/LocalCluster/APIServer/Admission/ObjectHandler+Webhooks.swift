import Foundation
import Kubernetes

extension ObjectHandler {
  /// The object after every mutating webhook that is asked about it, in the order of configurations and webhooks.
  func mutatedByWebhooks(
    _ object: JSON, old: JSON?, operation: AdmissionWebhook.Operation, subresource: String? = nil
  ) async throws(StatusError) -> JSON {
    var object = object
    for webhook in core.admissionWebhooks.mutating {
      guard
        let answer = try await ask(webhook, object: object, old: old, operation: operation, subresource: subresource),
        let patch = answer.patch
      else { continue }
      do {
        object = try JSONPatch.apply(patch, to: object)
      } catch {
        throw .internalError("the patch of admission webhook \"\(webhook.name)\" does not apply: \(error)")
      }
      var unknown: [String] = []
      object = resource.schema.defaulting(resource.schema.pruning(object, dropped: &unknown))
    }
    return object
  }

  /// - Throws: the refusal of the first validating webhook that refuses.
  func validatedByWebhooks(
    _ object: JSON?, old: JSON?, operation: AdmissionWebhook.Operation, subresource: String? = nil
  ) async throws(StatusError) {
    for webhook in core.admissionWebhooks.validating {
      _ = try await ask(webhook, object: object, old: old, operation: operation, subresource: subresource)
    }
  }

  /// - Returns: the answer of a webhook that allows the request; nil where it is not asked, or failed and may be
  ///   ignored.
  private func ask(
    _ webhook: AdmissionWebhook, object: JSON?, old: JSON?, operation: AdmissionWebhook.Operation,
    subresource: String?
  ) async throws(StatusError) -> WebhookReview.Answer? {
    let labels = type.isNamespaced ? store.get(StoreKey("namespaces", name: namespace))?.labels : nil
    guard
      webhook.concerns(
        type, subresource: subresource, operation: operation, object: object, old: old, namespaceLabels: labels)
    else { return nil }
    let isDryRun = try request.isDryRun()
    if isDryRun, webhook.hasSideEffects {
      throw .badRequest("admission webhook \"\(webhook.name)\" does not support dry run")
    }
    let uid = UUID().uuidString.lowercased()
    let question = WebhookReview.question(
      uid: uid, type: type, subresource: subresource, name: (object ?? old ?? [:]).objectName, namespace: namespace,
      operation: operation, object: object, old: old, user: request.user, isDryRun: isDryRun)
    do {
      let bytes = try await core.webhooks.call(webhook.client, question.serialized(), timeout: webhook.timeout)
      let answer = try WebhookReview.answer(bytes, uid: uid)
      for warning in answer.warnings { request.warnings.add(warning) }
      guard answer.isAllowed else { throw WebhookReview.refusal(answer, webhook: webhook.name) }
      return answer
    } catch let error as StatusError {
      throw error
    } catch {
      core.logger.warning("admission webhook failed", metadata: ["webhook": "\(webhook.name)", "error": "\(error)"])
      if webhook.failsOpen { return nil }
      throw .internalError("failed calling webhook \"\(webhook.name)\": failed to call webhook: \(error)")
    }
  }
}
