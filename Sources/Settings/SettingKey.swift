internal import Yams

/// One key of the settings: how it is read into `Root`, and its entry in the reference.
struct SettingKey<Root> {
  let name: String
  /// Its name in an earlier version, which is still accepted but never suggested.
  let formerName: String?
  /// The error text for a section without the key; nil if the key is optional.
  let requirement: String?
  /// Reads the value into `Root`, or reports a problem and leaves `Root` unchanged.
  let read:
    (_ node: Node, _ path: String, _ root: inout Root, _ context: inout DecodingContext) -> Void
  let reference: (_ root: Root) -> SettingReference

  /// A key with one value.
  ///
  /// - Parameters:
  ///   - meaning: A part of a sentence, for the key's line.
  ///   - remark: Whole sentences, for the lines before it.
  init<Value>(
    _ name: String, _ member: WritableKeyPath<Root, Value>, _ type: SettingType<Value>,
    _ meaning: String, remark: String? = nil, requirement: String? = nil, formerName: String? = nil
  ) {
    self.name = name
    self.formerName = formerName
    self.requirement = requirement
    read = { node, path, root, context in
      if let value = type.read(node, path, &context) { root[keyPath: member] = value }
    }
    reference = { root in
      SettingReference(
        name: name, meaning: meaning, remark: remark, isRequired: requirement != nil,
        content: .value(type.show(root[keyPath: member]), type.schema))
    }
  }

  /// A section of keys.
  init(_ name: String, _ meaning: String = "", keys: [SettingKey<Root>]) {
    self.name = name
    formerName = nil
    requirement = nil
    read = { node, path, root, context in
      SettingKey.read(keys, from: node, at: path, into: &root, &context)
    }
    reference = { root in
      SettingReference(
        name: name, meaning: meaning, content: .section(keys.map { $0.reference(root) }))
    }
  }

  /// A list of sections with the same keys.
  init<Element>(
    _ name: String, _ member: WritableKeyPath<Root, [Element]>, _ meaning: String,
    each blank: Element, count: ClosedRange<Int>, keys: [SettingKey<Element>],
    requirement: String? = nil
  ) {
    self.name = name
    formerName = nil
    self.requirement = requirement
    read = { node, path, root, context in
      guard case .sequence(let nodes) = node, count.contains(nodes.count) else {
        return context.report(
          of: path, found: node.found,
          expected: "a list of \(count.lowerBound) to \(count.upperBound) sections")
      }
      root[keyPath: member] = nodes.enumerated().map { index, node in
        var element = blank
        SettingKey<Element>.read(
          keys, from: node, at: "\(path)[\(index)]", into: &element, &context)
        return element
      }
    }
    reference = { root in
      let elements = root[keyPath: member].map { element in keys.map { $0.reference(element) } }
      return SettingReference(
        name: name, meaning: meaning, isRequired: requirement != nil,
        content: .list(of: keys.map { $0.reference(blank) }, elements, count: count))
    }
  }

  /// Reads a mapping key by key, and reports unknown and missing keys.
  static func read(
    _ keys: [SettingKey<Root>], from node: Node, at path: String, into root: inout Root,
    _ context: inout DecodingContext
  ) {
    context.note(node, at: path)
    readPresent(keys, from: node, at: path, into: &root, &context)
    for key in keys {
      let keyPath = path.isEmpty ? key.name : "\(path).\(key.name)"
      if let requirement = key.requirement, !context.has(keyPath) {
        context.report(of: keyPath, found: "nothing", expected: requirement)
      }
    }
  }

  private static func readPresent(
    _ keys: [SettingKey<Root>], from node: Node, at path: String, into root: inout Root,
    _ context: inout DecodingContext
  ) {
    // A section whose keys are all commented out has the defaults.
    if node.isNull { return }
    guard case .mapping(let mapping) = node else {
      let names = keys.map(\.name).joined(separator: ", ")
      return context.report(
        of: path, found: node.found, expected: "a section of the keys \(names)")
    }
    for (keyNode, value) in mapping {
      guard let name = keyNode.scalar?.string else {
        context.report(at: keyNode, of: path, found: keyNode.found, expected: "the name of a key")
        continue
      }
      if context.reportIfRepeated(keyNode, in: mapping, of: path) { continue }
      let keyPath = path.isEmpty ? name : "\(path).\(name)"
      guard let key = keys.first(where: { $0.name == name || $0.formerName == name }) else {
        let names = keys.map(\.name)
        let suggestion = closest(to: name, among: names).map { " (did you mean \($0)?)" } ?? ""
        context.report(
          at: keyNode, of: keyPath, found: "an unknown key",
          expected: "one of \(names.joined(separator: ", "))\(suggestion)")
        continue
      }
      context.note(value, at: keyPath)
      key.read(value, keyPath, &root, &context)
    }
  }
}

/// The name that was probably meant: at most two edits away, and at most a third of its length.
///
/// - Source: optimal string alignment distance (insertions, deletions, replacements, swapped neighbours).
func closest(to name: String, among names: [String]) -> String? {
  guard name.utf8.count <= 64 else { return nil }
  let typed = Array(name.lowercased().utf8)
  func distance(_ other: [UInt8]) -> Int {
    var rows = [Array(0...other.count)]
    for i in 0..<typed.count {
      var row = [i + 1]
      for j in 0..<other.count {
        var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (typed[i] == other[j] ? 0 : 1))
        if i > 0, j > 0, typed[i] == other[j - 1], typed[i - 1] == other[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[typed.count][other.count]
  }
  let ranked = names.map { (name: $0, distance: distance(Array($0.utf8))) }
  return ranked.min { $0.distance < $1.distance }
    .flatMap { $0.distance <= min(2, max(1, $0.name.count / 3)) ? $0.name : nil }
}
