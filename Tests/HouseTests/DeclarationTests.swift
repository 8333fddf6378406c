import Foundation
import Testing

/// Names of types, where they are changed, and how they are documented.
struct DeclarationTests {
  private static let declarations = SourceTree.swiftFiles.flatMap { Declaration.all(in: $0) }
  private static let tools: Set = ["Benchmark", "Torture"]

  @Test func declarationsAreFound() {
    #expect(Self.declarations.count > 2_000)
    #expect(Self.declarations.contains { $0.name == "StatusReport.Source.Rejection" })
  }

  @Test func noTwoTypesShareAName() {
    let types = Self.declarations.filter { $0.isType && !Self.tools.contains($0.file.target) }
    let places = Dictionary(grouping: types, by: \.name).mapValues { $0.map(\.place) }
    #expect(places.filter { $0.value.count > 1 }.isEmpty, "\(places.filter { $0.value.count > 1 })")
  }

  /// To follow a property that other files may set, one must read all of them: two are enough.
  @Test func noTypeIsSetFromMoreThanTwoFiles() {
    func type(_ declaration: Declaration) -> String? {
      declaration.outerType.map { "\(declaration.file.target) \($0)" }
    }
    let open = Set(Self.declarations.filter(\.isSetByOtherFiles).compactMap(type))
    #expect(!open.isEmpty)
    let changing = Dictionary(
      grouping: Self.declarations.filter { $0.modifiers.contains("mutating") }
    ) { type($0) ?? "" }
    let files = changing.mapValues { Set($0.map(\.file.path)) }
    #expect(open.filter { files[$0, default: []].count > 2 } == [])
  }

  private static func isNoWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
      false
    default: true
    }
  }

  private static let words = Dictionary(grouping: SourceTree.swiftFiles, by: \.target).mapValues {
    Set(
      $0.flatMap { $0.code.flatMap { $0.utf8.split(whereSeparator: isNoWordByte) } }
        .map { String(Substring($0)) })
  }

  private static let required = Set(declarations.filter(\.isRequirement).map(\.ownName))

  /// Whether it is visible to other targets, and its name, or for an initialiser its type's, occurs in one.
  private static func isUsedElsewhere(_ declaration: Declaration) -> Bool {
    let name =
      declaration.keyword == "init" ? declaration.outerType?.split(separator: ".").last : nil
    let word = name.map(String.init) ?? declaration.ownName
    return declaration.isPackage
      && words.contains { $0.key != declaration.file.target && $0.value.contains(word) }
  }

  /// What a protocol requires is explained there.
  @Test func typesAndFunctionsThatOtherTargetsUseAreExplained() {
    let unexplained = Self.declarations.filter {
      ($0.isType || $0.isFunction && !Self.required.contains($0.ownName)) && !$0.hasDocumentation
        && Self.isUsedElsewhere($0)
    }
    #expect(unexplained.map { "\($0.place) \($0.name)" } == [])
  }

  /// Of a number other targets need to know the unit and the range, of an array the shape, of a dictionary the keys,
  /// unless the name says it; of an initialiser what it throws. The members of the status are explained in
  /// `deploy/status.schema.json`, and `init(from reader:)` at `ByteReader`.
  @Test func unitsShapesAndErrorsThatOtherTargetsMeetAreExplained() {
    let open = Self.declarations.filter {
      $0.isMeasure && !$0.saysItsUnit && !Self.required.contains($0.ownName)
        && !$0.name.hasPrefix("StatusReport.") || $0.isThrowingInitialiser
    }
    #expect(open.count > 100)
    let unexplained = open.filter { !$0.hasDocumentation && Self.isUsedElsewhere($0) }
    #expect(unexplained.map { "\($0.place) \($0.name)" } == [])
  }

  @Test func whatAProtocolRequiresIsExplained() {
    let unexplained = Self.declarations.filter {
      $0.isRequirement && $0.isFunction && $0.isOfPackageProtocol && !$0.hasDocumentation
    }
    #expect(unexplained.map { "\($0.place) \($0.name)" } == [])
  }
}

/// A line that declares something, found by its keyword and, as all code is formatted alike, its indentation.
private struct Declaration {
  let file: SourceTree.File
  let line: Int
  let keyword: String
  /// With the types around it: `StatusReport.Source`.
  let name: String
  let ownName: String
  /// The type around it.
  let outerType: String?
  let outerKeyword: String?
  let modifiers: Set<String>
  let isOfPackageProtocol: Bool
  let hasDocumentation: Bool
  /// From its name to its body, if it has one.
  let signature: String

  var place: String { "\(file.path):\(line)" }
  var isType: Bool {
    ["struct", "class", "enum", "protocol", "actor"].contains(keyword)
      // The same few words for the same purpose.
      && ownName != "CodingKeys"
  }
  var isExtension: Bool { keyword == "extension" }
  var isFunction: Bool { keyword == "func" && ownName.first?.isLetter == true }
  var isPackage: Bool { modifiers.contains("package") }
  var isRequirement: Bool { outerKeyword == "protocol" }
  /// A property that is a number, a range, an array of numbers, a dictionary, a tuple or a closure.
  var isMeasure: Bool {
    // The bits of an option set are explained by its members.
    guard keyword == "var" || keyword == "let", ownName != "rawValue" else { return false }
    let number = /^\w+: \[?(ClosedRange<|Range<)?(U?Int\d*|Double|Float(16)?)\b/
    return signature.contains(number) || signature.contains(/^\w+: \[?\(/)
      || signature.contains(/^\w+: \[[^\]]*:/) || signature.contains(/^\w+ = -?[\d.]/)
  }
  var saysItsUnit: Bool {
    let name = ownName.lowercased()
    return Self.units.contains { name.hasSuffix($0) }
  }
  var isThrowingInitialiser: Bool {
    keyword == "init" && signature.contains(/\bthrows\b/)
      && !signature.contains("from reader: inout ByteReader)")
  }
  private static let units = [
    "seconds", "minute", "hour", "hours", "days", "perday", "bits", "bytes", "count", "logit",
    "probability", "line", "column", "seed", "device", "inode", "year", "pid", "descriptor",
    "hourofday", "brierscore",
  ]
  var isSetByOtherFiles: Bool {
    keyword == "var" && !modifiers.isDisjoint(with: ["internal(set)", "package(set)"])
  }

  private static let keywords: Set = [
    "struct", "class", "enum", "protocol", "actor", "extension", "func", "var", "let", "init",
  ]
  private static let modifiers: Set = [
    "package", "private", "fileprivate", "internal", "final", "static", "mutating", "indirect",
    "internal(set)", "package(set)", "private(set)", "consuming", "borrowing", "lazy", "weak",
    "convenience", "nonisolated(unsafe)", "unowned", "prefix", "override",
  ]

  static func all(in file: SourceTree.File) -> [Declaration] {
    var found: [Declaration] = []
    var around: [(indentation: Int, keyword: String, name: String, isPackage: Bool)] = []
    for (index, code) in file.code.enumerated() {
      let indentation = code.prefix { $0 == " " }.count
      let words = code.split(separator: " ").map(String.init).drop { $0.hasPrefix("@") }
      let modifiers = Set(words.prefix { Self.modifiers.contains($0) })
      guard let word = words.dropFirst(modifiers.count).first else { continue }
      let isInitialiser = ["init(", "init?(", "init<"].contains { word.hasPrefix($0) }
      let keyword = isInitialiser ? "init" : word
      guard keywords.contains(keyword) else { continue }
      let rest = isInitialiser ? keyword : words.dropFirst(modifiers.count + 1).first ?? ""
      let ownName = String(
        rest.prefix {
          $0.isLetter || $0.isNumber || $0 == "_" || keyword == "extension" && $0 == "."
        })
      around.removeAll { $0.indentation >= indentation }
      let isLocal = indentation > 2 * around.count
      if isLocal { continue }
      let outer = around.map(\.name).joined(separator: ".")
      let name = outer.isEmpty ? ownName : "\(outer).\(ownName)"
      let declaration = Declaration(
        file: file, line: index + 1, keyword: keyword, name: name, ownName: ownName,
        outerType: outer.isEmpty ? nil : outer, outerKeyword: around.last?.keyword,
        modifiers: modifiers, isOfPackageProtocol: around.last?.isPackage ?? false,
        hasDocumentation: hasDocumentation(before: index, in: file),
        signature: signature(of: keyword, from: index, in: file))
      found.append(declaration)
      if declaration.isType || declaration.isExtension {
        around.append((indentation, keyword, ownName, declaration.isPackage))
      }
    }
    return found
  }

  private static func signature(
    of keyword: String, from index: Int, in file: SourceTree.File
  ) -> String {
    let lines = file.code[index...].prefix(12)
    let end = keyword == "init" ? lines.firstIndex { $0.contains("{") } ?? index : index
    let text = lines[...end].joined(separator: " ")
    return text.range(of: "\(keyword) ").map { String(text[$0.upperBound...]) } ?? text
  }

  private static func hasDocumentation(before index: Int, in file: SourceTree.File) -> Bool {
    let before = file.lines[..<index].last {
      !$0.drop(while: { $0 == " " }).hasPrefix("@")
    }
    return before?.drop { $0 == " " }.hasPrefix("///") ?? false
  }
}
