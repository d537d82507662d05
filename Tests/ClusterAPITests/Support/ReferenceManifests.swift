import Kubernetes

/// The manifests of the reference deployment, as JSON, their variables filled in.
enum ReferenceManifests {
  static let cluster = parsed(
    """
    {
      "apiVersion": "postgresql.cnpg.io/v1",
      "kind": "Cluster",
      "metadata": {
        "name": "pg"
      },
      "spec": {
        "inheritedMetadata": {
          "annotations": {
            "service.beta.kubernetes.io/azure-dns-label-name": "prefix"
          },
          "labels": {
            "azure.workload.identity/use": "true"
          }
        },
        "instances": 3,
        "startDelay": 30,
        "stopDelay": 30,
        "minSyncReplicas": 1,
        "maxSyncReplicas": 1,
        "replicationSlots": {
          "highAvailability": {
            "enabled": true
          },
          "updateInterval": 30
        },
        "topologySpreadConstraints": [
          {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "DoNotSchedule",
            "labelSelector": {
              "matchLabels": {
                "cnpg.io/cluster": "pg"
              }
            }
          }
        ],
        "affinity": {
          "nodeSelector": {
            "workload": "postgres"
          }
        },
        "resources": {
          "requests": {
            "memory": "8Gi",
            "cpu": 2
          },
          "limits": {
            "memory": "8Gi",
            "cpu": 2
          }
        },
        "bootstrap": {
          "initdb": {
            "database": "appdb",
            "owner": "app",
            "secret": {
              "name": "db-user-pass"
            },
            "dataChecksums": true
          }
        },
        "storage": {
          "size": "2Gi",
          "pvcTemplate": {
            "accessModes": [
              "ReadWriteOnce"
            ],
            "resources": {
              "requests": {
                "storage": "2Gi"
              }
            },
            "storageClassName": "managed-csi-premium"
          }
        },
        "walStorage": {
          "size": "2Gi",
          "pvcTemplate": {
            "accessModes": [
              "ReadWriteOnce"
            ],
            "resources": {
              "requests": {
                "storage": "2Gi"
              }
            },
            "storageClassName": "managed-csi-premium"
          }
        },
        "monitoring": {
          "enablePodMonitor": true
        },
        "postgresql": {
          "parameters": {
            "archive_timeout": "5min",
            "auto_explain.log_min_duration": "10s",
            "checkpoint_completion_target": "0.9",
            "checkpoint_timeout": "15min",
            "shared_buffers": "256MB",
            "effective_cache_size": "512MB",
            "pg_stat_statements.max": "1000",
            "pg_stat_statements.track": "all",
            "max_connections": "400",
            "max_prepared_transactions": "400",
            "max_parallel_workers": "32",
            "max_parallel_maintenance_workers": "8",
            "max_parallel_workers_per_gather": "8",
            "max_replication_slots": "32",
            "max_worker_processes": "32",
            "wal_keep_size": "512MB",
            "max_wal_size": "1GB"
          },
          "pg_hba": [
            "host all all all scram-sha-256"
          ]
        },
        "serviceAccountTemplate": {
          "metadata": {
            "annotations": {
              "azure.workload.identity/client-id": "00000000-0000-0000-0000-000000000000"
            },
            "labels": {
              "azure.workload.identity/use": "true"
            }
          }
        },
        "backup": {
          "barmanObjectStore": {
            "destinationPath": "https://account.blob.core.windows.net/backups",
            "azureCredentials": {
              "inheritFromAzureAD": true
            }
          },
          "retentionPolicy": "7d"
        }
      }
    }
    """)

  static let recovered = parsed(
    """
    {
      "apiVersion": "postgresql.cnpg.io/v1",
      "kind": "Cluster",
      "metadata": {
        "name": "pg-recovered"
      },
      "spec": {
        "inheritedMetadata": {
          "annotations": {
            "service.beta.kubernetes.io/azure-dns-label-name": "prefix"
          },
          "labels": {
            "azure.workload.identity/use": "true"
          }
        },
        "instances": 1,
        "affinity": {
          "nodeSelector": {
            "workload": "postgres"
          }
        },
        "bootstrap": {
          "recovery": {
            "source": "clusterBackup"
          }
        },
        "storage": {
          "size": "2Gi",
          "pvcTemplate": {
            "accessModes": [
              "ReadWriteOnce"
            ],
            "resources": {
              "requests": {
                "storage": "2Gi"
              }
            },
            "storageClassName": "managed-csi-premium",
            "volumeMode": "Filesystem"
          }
        },
        "walStorage": {
          "size": "2Gi",
          "pvcTemplate": {
            "accessModes": [
              "ReadWriteOnce"
            ],
            "resources": {
              "requests": {
                "storage": "2Gi"
              }
            },
            "storageClassName": "managed-csi-premium",
            "volumeMode": "Filesystem"
          }
        },
        "serviceAccountTemplate": {
          "metadata": {
            "annotations": {
              "azure.workload.identity/client-id": "00000000-0000-0000-0000-000000000000"
            },
            "labels": {
              "azure.workload.identity/use": "true"
            }
          }
        },
        "externalClusters": [
          {
            "name": "clusterBackup",
            "barmanObjectStore": {
              "destinationPath": "https://account.blob.core.windows.net/backups",
              "serverName": "pg",
              "azureCredentials": {
                "inheritFromAzureAD": true
              },
              "wal": {
                "maxParallel": 8
              }
            }
          }
        ]
      }
    }
    """)

  static let backup = parsed(
    """
    {
      "apiVersion": "postgresql.cnpg.io/v1",
      "kind": "Backup",
      "metadata": {
        "name": "on-demand"
      },
      "spec": {
        "method": "barmanObjectStore",
        "cluster": {
          "name": "pg"
        }
      }
    }
    """)

  static let scheduledBackup = parsed(
    """
    {
      "apiVersion": "postgresql.cnpg.io/v1",
      "kind": "ScheduledBackup",
      "metadata": {
        "name": "hourly"
      },
      "spec": {
        "schedule": "0 15 * ? * *",
        "backupOwnerReference": "self",
        "cluster": {
          "name": "pg"
        }
      }
    }
    """)

  private static func parsed(_ text: String) -> JSON {
    do { return try JSON(parsing: text) } catch { fatalError("\(error)") }
  }
}
