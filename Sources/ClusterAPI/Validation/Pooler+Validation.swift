import Kubernetes

extension Pooler: ValidatedObject {
  public func problems(_ context: ValidationContext) -> [FieldError] {
    authentication + reservedParameters + clusterReference + monitoringCertificate
  }

  /// Whether a Secret says how PgBouncer logs in to find passwords; otherwise the operator arranges it.
  private var hasOwnAuthentication: Bool {
    !(spec.pgbouncer.authQuerySecret?.name).isNilOrEmpty || !(spec.pgbouncer.serverTLSSecret?.name).isNilOrEmpty
  }

  private var authentication: [FieldError] {
    switch (hasOwnAuthentication, !spec.pgbouncer.authQuery.isNilOrEmpty) {
    case (true, false):
      [
        .invalid(
          "spec.pgbouncer.authQuery", "", "must specify an auth query when providing an auth query secret")
      ]
    case (false, true):
      [
        .invalid(
          "spec.pgbouncer.authQuerySecret.name", "",
          "must specify an existing auth query secret when providing an auth query secret")
      ]
    default: []
    }
  }

  private var reservedParameters: [FieldError] {
    (spec.pgbouncer.parameters ?? [:]).keys.sorted().filter { !PgBouncerParameters.allowed.contains($0) }.map {
      .invalid("spec.cluster.parameters", $0, "Invalid or reserved parameter")
    }
  }

  private var clusterReference: [FieldError] {
    .when(spec.cluster.name.isEmpty, .invalid("spec.cluster.name", "", "must specify a cluster name"))
      + .when(
        spec.cluster.name == name,
        .invalid("metadata.name", name, "the pooler resource cannot have the same name of a cluster"))
  }

  private var monitoringCertificate: [FieldError] {
    guard let monitoring = spec.monitoring, monitoring.enablePodMonitor, monitoring.tls?.enabled == true else {
      return []
    }
    let detail =
      "clientTLSSecret is required when spec.monitoring.tls.enabled and spec.monitoring.enablePodMonitor are true: "
      + "Prometheus would verify the pooler against the cluster's certificate, which does not name it. "
      + "Name a Secret with a certificate for the pooler, or leave enablePodMonitor false."
    return .when(
      (spec.pgbouncer.clientTLSSecret?.name).isNilOrEmpty, .required("spec.pgbouncer.clientTLSSecret", detail))
  }

  public func warnings(_ context: ValidationContext) -> [String] {
    var warnings: [String] = []
    if hasOwnAuthentication || !spec.pgbouncer.authQuery.isNilOrEmpty {
      warnings.append(
        "The operator won't handle the Pooler \(quoted(name)) integration with the Cluster "
          + "\(quoted(spec.cluster.name)) (\(quoted(namespace))). Manually configure it as described in the docs.")
    }
    if !(spec.pgbouncer.authQuerySecret?.name).isNilOrEmpty {
      warnings.append(
        "spec.pgbouncer.authQuerySecret is deprecated: name the certificate for PgBouncer in serverTLSSecret.")
    }
    if let monitoring = spec.monitoring,
      monitoring.enablePodMonitor || !(monitoring.podMonitorMetricRelabelings ?? []).isEmpty
        || !(monitoring.podMonitorRelabelings ?? []).isEmpty
    {
      warnings.append(
        "spec.monitoring is deprecated: leave it out and apply a PodMonitor of your own for the pooler's pods.")
    }
    return warnings + UnsupportedKinds.warnings(for: "Pooler")
  }
}

/// The parameters of PgBouncer that users may set.
public enum PgBouncerParameters {
  public static let allowed: Set<String> = [
    "application_name_add_host", "auth_type", "auth_user", "autodb_idle_timeout", "cancel_wait_timeout",
    "client_idle_timeout", "client_login_timeout", "client_tls_ciphers", "client_tls_sslmode", "client_tls13_ciphers",
    "default_pool_size", "disable_pqexec", "dns_max_ttl", "dns_nxdomain_ttl", "idle_transaction_timeout",
    "ignore_startup_parameters", "listen_backlog", "log_connections", "log_disconnections", "log_pooler_errors",
    "log_stats", "max_client_conn", "max_db_connections", "max_packet_size", "max_prepared_statements",
    "max_user_connections", "min_pool_size", "pkt_buf", "query_timeout", "query_wait_timeout", "reserve_pool_size",
    "reserve_pool_timeout", "sbuf_loopcnt", "server_check_delay", "server_check_query", "server_connect_timeout",
    "server_fast_close", "server_idle_timeout", "server_lifetime", "server_login_retry", "server_reset_query",
    "server_reset_query_always", "server_round_robin", "server_tls_ciphers", "server_tls13_ciphers",
    "server_tls_protocols", "server_tls_sslmode", "stats_period", "suspend_timeout", "tcp_defer_accept",
    "tcp_socket_buffer", "tcp_keepalive", "tcp_keepcnt", "tcp_keepidle", "tcp_keepintvl", "tcp_user_timeout",
    "track_extra_parameters", "verbose",
  ]
}
