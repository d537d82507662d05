import Backup
import Certificates
import ClusterAPI
import Foundation
import Kubernetes
import ObjectStorage
import PostgreSQL
import Processes
import Testing

@testable import Instance

/// Where the cluster of a test archives to: a directory, as it is or behind a ``FaultyStore``.
struct Depot: Sendable {
  let path: String
  /// What a manifest says of it.
  let place: JSON

  init(_ store: FaultyStore) {
    path = store.path
    place = [
      "destinationPath": "s3://bucket", "endpointURL": .string(store.url),
      "s3Credentials": [
        "accessKeyId": ["name": "keys", "key": "id"], "secretAccessKey": ["name": "keys", "key": "secret"],
      ],
    ]
  }

  init(directory path: String) {
    self.path = path
    place = ["destinationPath": .string("file://\(path)")]
  }

  /// Hands a directory to `body`, and removes it.
  static func with(_ body: (Depot) async throws -> Void) async throws {
    let path = "/tmp/mi-depot-\(UUID().uuidString.prefix(6))"
    defer { try? FileManager.default.removeItem(atPath: path) }
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try await body(Depot(directory: path))
  }

  /// A copy that may be damaged, for the time of `body`.
  func withCopy(_ body: (Depot) async throws -> Void) async throws {
    try await Self.with { copy in
      try FileManager.default.removeItem(atPath: copy.path)
      try FileManager.default.copyItem(atPath: path, toPath: copy.path)
      try await body(copy)
    }
  }

  private func place(_ more: JSON) -> JSON { MergePatch.apply(more, to: place) }

  /// A Cluster that archives to it. Segments are small, so that there are many.
  func archiving(wal: JSON = ["maxParallel": 4], data: JSON = [:], segmentSize: Int64 = 1) -> JSON {
    [
      "spec": [
        "bootstrap": ["initdb": ["walSegmentSize": .int(segmentSize), "dataChecksums": true]],
        "backup": [
          "barmanObjectStore": place([
            "wal": wal, "data": MergePatch.apply(["immediateCheckpoint": true], to: data),
          ])
        ],
      ]
    ]
  }

  /// A Cluster that is restored from it, and archives nothing.
  func restoring(target: JSON = [:]) -> JSON {
    [
      "spec": [
        "bootstrap": ["initdb": .null, "recovery": ["source": "origin", "recoveryTarget": target]],
        "externalClusters": [
          ["name": "origin", "barmanObjectStore": place(["serverName": "pg", "wal": ["maxParallel": 4]])]
        ],
      ]
    ]
  }

  private var store: DirectoryStore { get throws { try DirectoryStore(path) } }

  var catalogue: Catalogue { get throws { Catalogue(store: try store, server: "pg") } }

  /// The files of write-ahead log that are there.
  func files() async throws -> Set<WALFileName> { try await WALArchive(store: try store, server: "pg").names() }

  func has(_ name: String) async throws -> Bool { try await files().contains { $0.text == name } }

  /// Keys of everything that belongs to a backup.
  func objects(of id: BackupID) async throws -> [String] {
    try await store.objects("pg/base/\(id)/").map(\.key.name)
  }

  /// The file of the one object whose name begins so.
  func file(_ name: String) throws -> String {
    let names = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    let found = names.first { ($0 as NSString).lastPathComponent.hasPrefix(name) }
    return "\(path)/\(try #require(found, "no object \(name)"))"
  }

  /// What a postgres counts as archived is there.
  func expectHonest(_ instance: TestInstance) async throws {
    // What is said first, then what is true: the archive only gains.
    let marks = try FileManager.default.contentsOfDirectory(
      atPath: "\(instance.environment.paths.data)/pg_wal/archive_status")
    let last = try await instance.value("SELECT coalesce(last_archived_wal, '') FROM pg_stat_archiver")
    let said = Set(marks.filter { $0.hasSuffix(".done") }.map { String($0.dropLast(5)) } + [last ?? ""])
    let there = Set(try await files().map(\.text))
    #expect(said.subtracting(there).subtracting([""]).isEmpty)
  }
}

extension Stage {
  /// The Secret with the keys of a ``FaultyStore``.
  func putKeys() throws { try controlPlane.put("keys", ["id": "key", "secret": "secret"]) }

  func condition(_ type: String) -> Condition? {
    controlPlane.cluster?.status?.conditions?.first { $0.type == type }
  }

  /// Waits until archiving is known to work.
  func archives(_ instance: TestInstance) async throws {
    try await instance.eventually("archiving is known to work") { condition("ContinuousArchiving")?.status == "True" }
  }

  /// Orders a backup as the operator does.
  func order(_ name: String, of instance: TestInstance) async throws {
    let authority = try CertificateAuthority(create: "operator", validity: .seconds(86_400))
    let identity = try authority.issue(LeafRequest(commonName: "operator", usage: .client, validity: .seconds(86_400)))
    let fingerprint = try CertificateDetails(pem: identity.certificatePEM).publicKeySHA256
    try controlPlane.edit(["status": ["operatorCertificateFingerprint": .string(fingerprint)]])
    try controlPlane.put(
      Backup.named(name, in: "db") {
        $0.spec.cluster.name = "pg"
        $0.status = .with { $0.phase = "started" }
      })
    let base = "\(directory)/operator"
    try identity.certificatePEM.write(toFile: base + ".crt", atomically: true, encoding: .utf8)
    try identity.privateKeyPEM.write(toFile: base + ".key", atomically: true, encoding: .utf8)
    try await instance.eventually("backup \(name) is taken on") {
      let output = try await Tool.run(
        "/usr/bin/curl",
        [
          "-sk", "-m", "10", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "--cert", base + ".crt", "--key",
          base + ".key", "https://\(instance.environment.address):8000/pg/backup?name=\(name)",
        ], deadline: .seconds(15))
      return output.text == "202"
    }
  }

  /// Waits until a backup has ended.
  func ending(of name: String, _ instance: TestInstance) async throws -> BackupStatus {
    try await instance.eventually("backup \(name) ends") {
      ["completed", "failed"].contains(try await controlPlane.backup(name)?.status?.phase)
    }
    return try #require(try await controlPlane.backup(name)?.status)
  }

  /// Makes a backup that has to succeed.
  func backUp(_ instance: TestInstance, _ name: String = "nightly") async throws -> BackupID {
    try await order(name, of: instance)
    let status = try await ending(of: name, instance)
    #expect(status.phase == "completed", "\(status.error ?? "")")
    return try #require(status.backupId.flatMap { BackupID($0) })
  }
}

extension TestInstance {
  /// Has postgres write something and begin a new segment, several times.
  ///
  /// - Returns: the last segment that was ended.
  @discardableResult
  func switchSegments(_ count: Int = 1) async throws -> String {
    var name: String?
    for _ in 0..<count {
      _ = try await query("SELECT pg_logical_emit_message(false, 'test', 'something')")
      name = try await value("SELECT pg_walfile_name(pg_switch_wal())")
    }
    return try #require(name)
  }

  /// Waits until postgres was told that a segment is safe.
  func hasArchived(_ name: String) async throws {
    try await eventually("\(name) counts as archived") {
      (try? await value("SELECT last_archived_wal >= '\(name)' FROM pg_stat_archiver")) == "t"
    }
  }
}
