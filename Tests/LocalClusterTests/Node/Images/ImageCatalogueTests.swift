import Testing

@testable import LocalCluster

@Suite("The name of an image")
struct ImageReferenceTests {
  @Test(
    "is taken apart into repository, tag and digest",
    arguments: [
      ("postgres", "postgres", nil, nil),
      ("postgres:15.4", "postgres", "15.4", nil),
      ("localhost:5000/team/postgresql", "localhost:5000/team/postgresql", nil, nil),
      ("localhost:5000/team/postgresql:18-bookworm", "localhost:5000/team/postgresql", "18-bookworm", nil),
      ("ghcr.io/x/y:1@sha256:00ff", "ghcr.io/x/y", "1", "sha256:00ff"),
    ] as [(String, String, String?, String?)])
  func parts(text: String, repository: String, tag: String?, digest: String?) throws {
    let reference = try ImageReference(text)
    #expect(reference.repository == repository)
    #expect(reference.tag == tag)
    #expect(reference.digest == digest)
  }

  @Test("is refused where it cannot be one", arguments: ["", ":15", "a//b", "a b", "x:", "x@", "x:y z", "x@abc", "/x"])
  func malformed(text: String) {
    #expect(throws: ImageError.invalidName(text)) { try ImageReference(text) }
  }
}

@Suite("The images of a node")
struct ImageCatalogueTests {
  let catalogue = ImageCatalogue(images: [
    .postgreSQL(major: 15, directory: "/usr/lib/postgresql/15"),
    .postgreSQL(major: 18, directory: "/opt/18"),
    .pgBouncer(), .matriarch(executable: "/state/bin/matriarch"),
  ])

  @Test(
    "stand for every PostgreSQL image of their major",
    arguments: [
      ("ghcr.io/cloudnative-pg/postgresql:15.4-3", 15), ("postgres:15", 15),
      ("my.registry:5000/x/postgresql-ext:18", 18),
      ("ghcr.io/cloudnative-pg/postgresql:18beta1", 18),
    ])
  func majors(name: String, major: Int) throws {
    #expect(try catalogue.resolve(name).imageID == "local://postgresql/\(major)")
  }

  @Test(
    "are the newest where the name has no version", arguments: ["postgres", "postgres:latest", "postgres@sha256:12"])
  func newest(name: String) throws {
    #expect(try catalogue.resolve(name).imageID == "local://postgresql/18")
  }

  @Test("include the operator's", arguments: ["matriarch:dev", "ghcr.io/cloudnative-pg/cloudnative-pg:1.27.0"])
  func own(name: String) throws {
    #expect(try catalogue.resolve(name).imageID == "local://matriarch")
  }

  @Test(
    "include PgBouncer's", arguments: ["ghcr.io/cloudnative-pg/pgbouncer:1.24.0", "edoburu/pgbouncer", "pgbouncer"])
  func pgBouncer(name: String) throws {
    let image = try catalogue.resolve(name)
    #expect(image.imageID == "local://pgbouncer")
    #expect(image.entrypoint == ["/usr/sbin/pgbouncer"])
  }

  @Test(
    "do not stand for other majors or programs",
    arguments: ["postgres:150", "postgres:16", "nginx", "postgresql/nginx:15"])
  func unknown(name: String) throws {
    let error = try #require(throws: ImageError.self) { try catalogue.resolve(name) }
    #expect(error.reason == "ErrImagePull")
    #expect(error.description.contains("ghcr.io/cloudnative-pg/postgresql:15, "))
    #expect(error.description.contains(name))
  }
}
