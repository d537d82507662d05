import Testing

@testable import LocalCluster

@Suite("XML of the blob service")
struct StorageXMLTests {
  private func leaves(_ text: String) throws -> [String] {
    try StorageXMLReader.leaves(of: Array(text.utf8)).map { $0.path.joined(separator: "/") + "=" + $0.text }
  }

  @Test("is read as the texts in it, in their order")
  func reading() throws {
    #expect(
      try leaves(
        """
        \u{FEFF}<?xml version="1.0" encoding="utf-8"?>
        <!-- a list -->
        <BlockList a="b">
          <Latest>AAA=</Latest><Committed>A&amp;&lt;&#66;&#x43;</Committed ><Empty/>
        </BlockList>
        """) == ["BlockList/Latest=AAA=", "BlockList/Committed=A&<BC", "BlockList/Empty="])
    #expect(try leaves("<BlockList></BlockList>") == ["BlockList="])
  }

  @Test(
    "that is not well-formed, defines entities or goes too deep is refused",
    arguments: [
      "<a>", "</a>", "<a></b>", "<a", "<>x</>", "<a>&nope;</a>", "<a>&#xFFFFFFFF;</a>", "<a>&amp</a>",
      "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", String(repeating: "<a>", count: 20), "<!-- <a></a>",
    ])
  func malformed(text: String) {
    #expect(throws: StorageError.invalidXML) { try StorageXMLReader.leaves(of: Array(text.utf8)) }
  }

  @Test("that is no UTF-8 is refused")
  func bytes() { #expect(throws: StorageError.invalidXML) { try StorageXMLReader.leaves(of: [0x3C, 0xFF, 0x3E]) } }

  @Test("is written with its marks escaped, and read back the same")
  func writing() throws {
    var xml = StorageXML()
    xml.element("A", [("b", "\"<")]) { $0.leaf("C", "<&>\"'\r\n ü") }
    #expect(try StorageXMLReader.leaves(of: Array(xml.text.utf8)).map(\.text) == ["<&>\"'\r\n ü"])
    #expect(xml.text.contains("b=\"&quot;&lt;\""))
  }

  @Test("has names that XML cannot hold in percent encoding")
  func names() {
    var xml = StorageXML()
    xml.nameLeaf("a\u{1}b/c")
    #expect(xml.text.hasSuffix("<Name Encoded=\"true\">a%01b/c</Name>"))
  }

  @Test("of a block list says which blocks, and where they are looked for")
  func blocks() throws {
    let text =
      "<BlockList><Latest>QQ==</Latest><Uncommitted> Qg== </Uncommitted><Committed>Qw==</Committed></BlockList>"
    #expect(
      try BlobCall.blocks(of: Array(text.utf8))
        == [
          .init(id: "QQ==", kind: .latest), .init(id: "Qg==", kind: .uncommitted), .init(id: "Qw==", kind: .committed),
        ])
    #expect(try BlobCall.blocks(of: Array("<BlockList />".utf8)).isEmpty)
    #expect(throws: StorageError.invalidXML) { try BlobCall.blocks(of: Array("<BlockList><X>a</X></BlockList>".utf8)) }
  }

  @Test("of tags is names and values")
  func tags() throws {
    let text =
      "<Tags><TagSet><Tag><Key>a</Key><Value>1</Value></Tag><Tag><Key>b</Key><Value></Value></Tag></TagSet></Tags>"
    #expect(try BlobCall.tags(of: Array(text.utf8)) == ["a": "1", "b": ""])
    #expect(try BlobCall.tags(of: Array("<Tags><TagSet /></Tags>".utf8)).isEmpty)
    for wrong in [
      "<Tags><TagSet><Tag><Key>a</Key></Tag></TagSet></Tags>",
      "<Tags><TagSet><Tag><Value>a</Value></Tag></TagSet></Tags>",
      "<Tags><TagSet><Tag><Key>a!</Key><Value>1</Value></Tag></TagSet></Tags>",
    ] {
      #expect(throws: StorageError.self) { try BlobCall.tags(of: Array(wrong.utf8)) }
    }
  }
}
