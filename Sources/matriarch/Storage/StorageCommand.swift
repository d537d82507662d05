import ArgumentParser

/// For people who have a bucket and no Kubernetes: everything that a backup needs is in it.
struct StorageCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "storage",
    abstract: "Look into an object store and restore from it, with or without Kubernetes.",
    discussion: """
      The bucket alone is enough to get the data back:
        export AZURE_STORAGE_ACCOUNT=mybackups AZURE_STORAGE_KEY=…
        store=https://mybackups.blob.core.windows.net/backups
        matriarch storage check --destination-path $store
        matriarch storage list --destination-path $store                                  which servers there are
        matriarch storage list orders --destination-path $store                           its backups and its log
        matriarch storage restore orders /srv/orders --destination-path $store --plan     what would be done
        matriarch storage restore orders /srv/orders --destination-path $store

      \(StoreOptions.credentialsHelp)
      """,
    subcommands: [
      StorageCheckCommand.self, StorageListCommand.self, StorageRestoreCommand.self, StorageWALRestoreCommand.self,
      StorageBackupCommand.self, StorageArchiverCommand.self,
    ])
}
