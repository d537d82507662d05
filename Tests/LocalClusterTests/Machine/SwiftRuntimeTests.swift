import Foundation
import Testing

@testable import LocalCluster

@Suite("The Swift runtime of a program")
struct SwiftRuntimeTests {
  private static func line(_ path: String) -> String {
    "7f0000000000-7f0000001000 r-xp 00000000 08:01 42                         \(path)\n"
  }

  @Test("is the folder of libswiftCore.so, with what is loaded from there")
  func folder() throws {
    let folder = "/home/some one/.local/share/swiftly/toolchains/6.3.0/usr/lib/swift/linux"
    let maps =
      ["/usr/bin/matriarch", "/usr/lib/x86_64-linux-gnu/libc.so.6"].map(Self.line).joined()
      + ["libswiftCore.so", "libFoundation.so", "libswiftCore.so", "notes.txt"].map { Self.line("\(folder)/\($0)") }
      .joined() + "7ffc000-7ffd000 rw-p 00000000 00:00 0                          [stack]\n"
    let runtime = try #require(SwiftRuntime(maps: maps))
    #expect(runtime.directory == folder)
    #expect(runtime.libraries == ["libFoundation.so", "libswiftCore.so"])
  }

  @Test("is not there where the program was linked statically")
  func none() { #expect(SwiftRuntime(maps: Self.line("/usr/lib/x86_64-linux-gnu/libc.so.6")) == nil) }

  @Test("can be copied for those who cannot read the toolchain's")
  func copy() throws {
    let target = NSTemporaryDirectory() + "matriarch-runtime-\(UUID())"
    try Directories.create(target, mode: 0o700)
    defer { try? Directories.remove(target) }
    let runtime = try #require(SwiftRuntime.ofThisProcess())
    // Again over the first, as the next `up` does.
    for _ in 1...2 { try runtime.copy(to: target) }
    #expect(Directories.names(in: target) == runtime.libraries)
    #expect(runtime.libraries.contains("libFoundation.so"))
  }
}
