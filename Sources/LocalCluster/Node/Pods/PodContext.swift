import Kubernetes
import Logging

/// What all pods of a node share.
struct PodContext: Sendable {
  let settings: NodeSettings
  let images: ImageCatalogue
  let runtime: ContainerRuntime
  let probes: ProbePerformer
  let interface: NodeInterface
  let logger: Logger
}
