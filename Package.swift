// swift-tools-version: 6.1
import PackageDescription

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
  .product(name: "NIOHTTP1", package: "swift-nio"),
  .product(name: "NIOSSL", package: "swift-nio-ssl"),
]
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let x509: [Target.Dependency] = [
  .product(name: "X509", package: "swift-certificates"),
  .product(name: "Crypto", package: "swift-crypto"),
  .product(name: "SwiftASN1", package: "swift-asn1"),
]

// Rooms, from the lowest to the highest: each imports only from rooms above it in this list.
// docs/architecture.md says what each is for.
let package = Package(
  name: "matriarch",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "matriarch", targets: ["matriarch"]),
    .executable(name: "matriarch-shim", targets: ["matriarch-shim"]),
    .executable(name: "matriarch-wal", targets: ["matriarch-wal"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/apple/swift-certificates", from: "1.21.1"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-asn1", from: "1.7.4"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-async-algorithms", from: "1.1.4"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.1"),
    .package(url: "https://github.com/CoreOffice/XMLCoder", from: "0.18.2"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ],
  targets: [
    // C
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(name: "CLinux"),
    .systemLibrary(
      name: "CCompression",
      providers: [.apt(["zlib1g-dev", "libbz2-dev", "liblzma-dev", "liblz4-dev", "libzstd-dev", "libsnappy-dev"])]),
    // Rooms
    .target(name: "PostgreSQL", dependencies: ["CLibPQ", logging]),
    .target(name: "Failover", dependencies: ["PostgreSQL"]),
    .target(name: "Processes", dependencies: ["CLinux", logging]),
    .target(name: "Certificates", dependencies: x509),
    .target(
      name: "ObjectStorage",
      dependencies: nio + [
        "Processes", logging,
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "CryptoExtras", package: "swift-crypto"),
        .product(name: "XMLCoder", package: "XMLCoder"),
      ]),
    .target(
      name: "Backup",
      dependencies: [
        "CCompression", "PostgreSQL", "Processes", "ObjectStorage", logging,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
      ]),
    .target(
      name: "Web",
      dependencies: nio + x509 + [
        "Certificates", logging,
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .target(
      name: "Kubernetes",
      dependencies: nio + [
        "Certificates", logging,
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "AsyncAlgorithms", package: "swift-async-algorithms"),
        .product(name: "NIOWebSocket", package: "swift-nio"),
        .product(name: "Yams", package: "Yams"),
      ]),
    .target(name: "ClusterAPI", dependencies: ["Kubernetes"]),
    .target(
      name: "Instance",
      dependencies: [
        "PostgreSQL", "Failover", "Processes", "Certificates", "ObjectStorage", "Backup", "Web", "Kubernetes",
        "ClusterAPI", logging,
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "Crypto", package: "swift-crypto"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .target(
      name: "Operator",
      dependencies: [
        "Certificates", "Web", "Kubernetes", "ClusterAPI", logging,
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    .target(name: "Plugin", dependencies: ["PostgreSQL", "Kubernetes", "ClusterAPI"]),
    .target(
      name: "LocalCluster",
      dependencies: nio + [
        "Processes", "Certificates", "Web", "Kubernetes", logging,
        .product(name: "GRDB", package: "GRDB.swift"),
        .product(name: "Yams", package: "Yams"),
        .product(name: "JWTKit", package: "jwt-kit"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ]),
    // Programs
    .executableTarget(
      name: "matriarch",
      dependencies: [
        "Instance", "Operator", "Plugin", "LocalCluster", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      resources: [
        .embedInCode("Resources/operator.yaml"), .embedInCode("Resources/demo.yaml"),
        .embedInCode("Resources/podmonitors.yaml"),
      ]),
    .executableTarget(name: "matriarch-shim", dependencies: ["CLinux"]),
    // Started for each segment of write-ahead log: without shared libraries of Swift in half the time.
    .executableTarget(
      name: "matriarch-wal", linkerSettings: [.unsafeFlags(["-static-stdlib"], .when(platforms: [.linux]))]),
    // Tests, one folder a room
    .testTarget(name: "PostgreSQLTests", dependencies: ["PostgreSQL"]),
    .testTarget(name: "FailoverTests", dependencies: ["Failover"]),
    .testTarget(name: "ProcessesTests", dependencies: ["Processes", "matriarch-shim"]),
    .testTarget(name: "CertificatesTests", dependencies: ["Certificates"]),
    .testTarget(name: "ObjectStorageTests", dependencies: ["ObjectStorage"]),
    .testTarget(name: "BackupTests", dependencies: ["Backup"]),
    .testTarget(name: "WebTests", dependencies: ["Web"]),
    .testTarget(name: "KubernetesTests", dependencies: ["Kubernetes"]),
    .testTarget(name: "ClusterAPITests", dependencies: ["ClusterAPI"]),
    // It starts matriarch-wal, whose linking is not for it.
    .testTarget(name: "InstanceTests", dependencies: ["Instance"]),
    .testTarget(name: "OperatorTests", dependencies: ["Operator", .product(name: "Yams", package: "Yams")]),
    .testTarget(name: "PluginTests", dependencies: ["Plugin"], exclude: ["Golden"]),
    .testTarget(name: "LocalClusterTests", dependencies: ["LocalCluster"]),
  ],
  swiftLanguageModes: [.v6]
)

// `ROOM=Kubernetes swift test` builds and tests one room and what it stands on, nothing else.
if let room = Context.environment["ROOM"] {
  let byName = Dictionary(uniqueKeysWithValues: package.targets.map { ($0.name, $0) })
  var wanted: Set<String> = []
  func want(_ name: String) {
    guard let target = byName[name], wanted.insert(name).inserted else { return }
    for dependency in target.dependencies {
      if case .byNameItem(let name, _) = dependency { want(name) }
    }
  }
  want(room)
  want("\(room)Tests")
  if room == "Instance" { want("matriarch-wal") }
  package.targets.removeAll { !wanted.contains($0.name) }
  package.products = []
}
