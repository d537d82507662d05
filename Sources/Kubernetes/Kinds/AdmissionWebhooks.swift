/// Programs that are asked to change objects before they are stored.
public struct MutatingWebhookConfiguration: APIObject {
  public static let resource = ResourceType(
    group: "admissionregistration.k8s.io", kind: "MutatingWebhookConfiguration",
    plural: "mutatingwebhookconfigurations", namespaced: false, categories: ["api-extensions"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var webhooks: [MutatingWebhook]?

  public init() {}
}

/// Programs that are asked whether objects may be stored.
public struct ValidatingWebhookConfiguration: APIObject {
  public static let resource = ResourceType(
    group: "admissionregistration.k8s.io", kind: "ValidatingWebhookConfiguration",
    plural: "validatingwebhookconfigurations", namespaced: false, categories: ["api-extensions"])
  @Field public var apiVersion: String?
  @Field public var kind: String?
  @Required public var metadata: ObjectMeta
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var webhooks: [ValidatingWebhook]?

  public init() {}
}

/// One such program, and when it is asked.
public struct MutatingWebhook: Declared {
  @Required public var name: String
  @Required public var admissionReviewVersions: [String]
  @Required public var clientConfig: WebhookClientConfig
  @Defaulted("", "Fail", .oneOf("Fail", "Ignore")) public var failurePolicy: String
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var matchConditions: [MatchCondition]?
  @Defaulted("", "Equivalent", .oneOf("Equivalent", "Exact")) public var matchPolicy: String
  @Defaulted("", LabelSelector()) public var namespaceSelector: LabelSelector
  @Defaulted("", LabelSelector()) public var objectSelector: LabelSelector
  @Defaulted("", "Never", .oneOf("IfNeeded", "Never")) public var reinvocationPolicy: String
  @Field public var rules: [RuleWithOperations]?
  @Required("", .oneOf("None", "NoneOnDryRun", "Some", "Unknown")) public var sideEffects: String
  @Defaulted("", 10, .minimum(1), .maximum(30)) public var timeoutSeconds: Int

  public init() {}
}

/// One such program, and when it is asked.
public struct ValidatingWebhook: Declared {
  @Required public var name: String
  @Required public var admissionReviewVersions: [String]
  @Required public var clientConfig: WebhookClientConfig
  @Defaulted("", "Fail", .oneOf("Fail", "Ignore")) public var failurePolicy: String
  @Field("", .listMap("name"), .patchMerge(key: "name")) public var matchConditions: [MatchCondition]?
  @Defaulted("", "Equivalent", .oneOf("Equivalent", "Exact")) public var matchPolicy: String
  @Defaulted("", LabelSelector()) public var namespaceSelector: LabelSelector
  @Defaulted("", LabelSelector()) public var objectSelector: LabelSelector
  @Field public var rules: [RuleWithOperations]?
  @Required("", .oneOf("None", "NoneOnDryRun", "Some", "Unknown")) public var sideEffects: String
  @Defaulted("", 10, .minimum(1), .maximum(30)) public var timeoutSeconds: Int

  public init() {}
}

/// Where the program is.
public struct WebhookClientConfig: Declared {
  @Field public var caBundle: String?
  @Field public var service: WebhookServiceReference?
  @Field public var url: String?

  public init() {}
}

/// The service in front of it.
public struct WebhookServiceReference: Declared {
  @Required public var name: String
  @Required public var namespace: String
  @Field public var path: String?
  @Defaulted("", 443) public var port: Int

  public init() {}
}

/// Which requests it is asked about.
public struct RuleWithOperations: Declared {
  @Field public var apiGroups: [String]?
  @Field public var apiVersions: [String]?
  @Field public var operations: [String]?
  @Field public var resources: [String]?
  @Defaulted("", "*") public var scope: String

  public init() {}
}

/// A condition on the request, in the Common Expression Language.
public struct MatchCondition: Declared {
  @Required public var name: String
  @Required public var expression: String

  public init() {}
}
