import Foundation
import Kubernetes
import Testing

@testable import LocalCluster

@Suite("A volume made from objects")
struct VolumePayloadTests {
  private func payload(
    _ volume: Volume, secret: Secret? = nil, map: ConfigMap? = nil
  ) throws -> VolumePayload? {
    let pod = Pod.named("demo-1", in: "demo") { $0.metadata.labels = ["a": "b"] }
    return try VolumePayload.of(
      volume,
      .init(
        fields: PodFields(pod: pod, podAddress: "1.2.3.4", hostAddress: "h", allocatable: [:]),
        secret: { $0 == secret?.name ? secret : nil }, configMap: { $0 == map?.name ? map : nil },
        token: { _ throws(VolumeFailure) in "token" }))
  }

  let secret = Secret.named("s", in: "demo") { $0.data = ["tls.key": "a2V5", "ca.crt": "Y2E="] }
  let map = ConfigMap.named("m", in: "demo") {
    $0.data = ["text": "t"]
    $0.binaryData = ["binary": "AP8="]
  }

  @Test("has all keys of a Secret, with its mode")
  func allKeys() throws {
    let volume = Volume.with {
      $0.secret = .with {
        $0.secretName = "s"
        $0.defaultMode = 0o400
      }
    }
    let files = try #require(try payload(volume, secret: secret)).files
    #expect(
      files == [
        "tls.key": .init(bytes: Array("key".utf8), mode: 0o400), "ca.crt": .init(bytes: Array("ca".utf8), mode: 0o400),
      ])
  }

  @Test("has the chosen keys of a ConfigMap at their paths, text and binary")
  func items() throws {
    let volume = Volume.with {
      $0.configMap = .with {
        $0.name = "m"
        $0.items = [
          .with {
            $0.key = "binary"
            $0.path = "x/y"
            $0.mode = 0o600
          },
          .with {
            $0.key = "text"
            $0.path = "t"
          },
        ]
      }
    }
    let files = try #require(try payload(volume, map: map)).files
    #expect(files == ["x/y": .init(bytes: [0, 255], mode: 0o600), "t": .init(bytes: Array("t".utf8), mode: 0o644)])
  }

  @Test("projects tokens, fields, Secrets and ConfigMaps into one directory; the token for its owner only")
  func projected() throws {
    let volume = Volume.with {
      $0.projected = .with {
        $0.sources = [
          .with { $0.serviceAccountToken = .with { $0.path = "token" } },
          .with {
            $0.downwardAPI = .with {
              $0.items = [
                .with {
                  $0.path = "ns"
                  $0.fieldRef = .with { $0.fieldPath = "metadata.namespace" }
                }
              ]
            }
          },
          .with { $0.configMap = .with { $0.name = "m" } },
          .with {
            $0.secret = .with {
              $0.name = "none"
              $0.optional = true
            }
          },
        ]
      }
    }
    let files = try #require(try payload(volume, map: map)).files
    #expect(Set(files.keys) == ["token", "ns", "text", "binary"])
    #expect(files["token"] == .init(bytes: Array("token".utf8), mode: 0o600))
    #expect(files["ns"]?.bytes == Array("demo".utf8))
  }

  @Test("waits for what is missing, unless it is optional")
  func missing() throws {
    let volume = Volume.with { $0.secret = .with { $0.secretName = "none" } }
    #expect(throws: VolumeFailure.missing(kind: "Secret", name: "none", namespace: "demo")) { try payload(volume) }
    let optional = Volume.with {
      $0.secret = .with {
        $0.secretName = "none"
        $0.optional = true
      }
    }
    #expect(try payload(optional)?.files == [:])
    let key = Volume.with {
      $0.secret = .with {
        $0.secretName = "s"
        $0.items = [
          .with {
            $0.key = "nope"
            $0.path = "p"
          }
        ]
      }
    }
    #expect(throws: VolumeFailure.missingKey("nope", kind: "Secret", name: "s")) { try payload(key, secret: secret) }
  }

  @Test("refuses paths that lead out of it", arguments: ["../x", "/x", "a/../../x", "", "a//b"])
  func outside(path: String) {
    let volume = Volume.with {
      $0.secret = .with {
        $0.secretName = "s"
        $0.items = [
          .with {
            $0.key = "ca.crt"
            $0.path = path
          }
        ]
      }
    }
    #expect(throws: VolumeFailure.badPath(path)) { try payload(volume, secret: secret) }
  }
}

@Suite("The place of a volume")
struct VolumeLocationTests {
  private func locate(_ volume: Volume, claim: PersistentVolumeClaim? = nil, path: String? = nil) throws
    -> VolumeLocation
  {
    try VolumeLocation.of(
      volume, pod: Pod.named("demo-1", in: "demo"), volumesDirectory: "/state/volumes", stateDirectory: "/state",
      claim: { $0 == claim?.name ? claim : nil },
      persistentVolume: { name in
        path.map { path in PersistentVolume.named(name) { $0.spec = .with { $0.local = .with { $0.path = path } } } }
      })
  }

  private func claim(phase: String) -> PersistentVolumeClaim {
    .named("demo-1", in: "demo") {
      $0.spec = .with { $0.volumeName = "pv" }
      $0.status = .with { $0.phase = phase }
    }
  }

  let volume = Volume.with {
    $0.name = "pgdata"
    $0.persistentVolumeClaim = .with { $0.claimName = "demo-1" }
  }

  @Test("is the directory of its claim's PersistentVolume, once that is bound")
  func claims() throws {
    #expect(
      try locate(volume, claim: claim(phase: "Bound"), path: "/state/volumes/pv")
        == .existing(path: "/state/volumes/pv", isReadOnly: false))
    #expect(throws: VolumeFailure.claimUnbound("demo-1")) {
      try locate(volume, claim: claim(phase: "Pending"), path: "/x")
    }
    #expect(throws: VolumeFailure.claimUnbound("demo-1")) { try locate(volume) }
    #expect(throws: VolumeFailure.volumeLost(claim: "demo-1", volume: "pv")) {
      try locate(volume, claim: claim(phase: "Bound"))
    }
  }

  @Test(
    "is never outside of the volumes' directory", arguments: ["/etc", "/state/volumes/../pki", "/state/volumes2/x"])
  func outside(path: String) {
    #expect(throws: VolumeFailure.outside(path, directory: "/state/volumes")) {
      try locate(volume, claim: claim(phase: "Bound"), path: path)
    }
  }

  @Test("is scratch space, on disk or in memory")
  func scratch() throws {
    #expect(try locate(.with { $0.emptyDir = EmptyDirVolumeSource() }) == .scratch(inMemory: false))
    #expect(try locate(.with { $0.emptyDir = .with { $0.medium = "Memory" } }) == .scratch(inMemory: true))
  }

  @Test(
    "is a path of the host, unless that shows the cluster's state",
    arguments: ["/state", "/", "/state/pki", "/x/../state"])
  func hostPath(path: String) throws {
    #expect(
      try locate(.with { $0.hostPath = .with { $0.path = "/srv/x" } }) == .host(path: "/srv/x", type: ""))
    #expect(throws: VolumeFailure.self) { try locate(.with { $0.hostPath = .with { $0.path = path } }) }
  }

  @Test("is refused by name for kinds that do not exist here")
  func unsupported() throws {
    let error = try #require(throws: VolumeFailure.self) {
      try locate(
        .with {
          $0.name = "v"
          $0.csi = ["driver": "d"]
        })
    }
    #expect(error.description.contains("\"v\" (csi)"))
  }
}

@Suite("A directory that changes all at once")
struct AtomicDirectoryTests {
  @Test("shows exactly the payload, and switches ..data")
  func switching() throws {
    let path = NSTemporaryDirectory() + "matriarch-atomic-\(UUID())"
    defer { try? FileManager.default.removeItem(atPath: path) }
    func payload(_ files: [String: String]) -> VolumePayload {
      VolumePayload(files: files.mapValues { .init(bytes: Array($0.utf8), mode: 0o640) })
    }
    func text(_ name: String) -> String? { try? String(contentsOfFile: "\(path)/\(name)", encoding: .utf8) }

    #expect(try AtomicDirectory.write(payload(["a": "1", "sub/b": "2"]), to: path))
    #expect(text("a") == "1")
    #expect(text("sub/b") == "2")
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path + "/a") == "..data/a")
    let first = try FileManager.default.destinationOfSymbolicLink(atPath: path + "/..data")
    #expect(try !AtomicDirectory.write(payload(["a": "1", "sub/b": "2"]), to: path))
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path + "/..data") == first)

    #expect(try AtomicDirectory.write(payload(["a": "3", "c": "4"]), to: path))
    #expect(text("a") == "3")
    #expect(text("c") == "4")
    #expect(Set(Directories.names(in: path)).subtracting(["a", "c", "..data"]).count == 1)
    let attributes = try FileManager.default.attributesOfItem(atPath: path + "/..data/a")
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }
}

@Suite("The tokens of a pod")
struct PodTokensTests {
  @Test("are renewed when 80 % of their life is over")
  func renewal() {
    let now = Date(timeIntervalSince1970: 1_000_000)
    let projection = ServiceAccountTokenProjection.with {
      $0.path = "token"
      $0.expirationSeconds = 1000
    }
    let spec = PodSpec.with {
      $0.volumes = [.with { $0.projected = .with { $0.sources = [.with { $0.serviceAccountToken = projection }] } }]
    }
    let requests = PodTokens.requests(of: spec)
    var tokens = PodTokens()
    #expect(tokens.due(requests, now: now).count == 1)
    tokens.note(.init(text: "t", issued: now, expiry: now + 1000), for: .init(projection))
    #expect(tokens.due(requests, now: now + 799).isEmpty)
    #expect(tokens.due(requests, now: now + 800).count == 1)
    #expect(tokens.nextRenewal == now + 800)
  }
}
