/// The members of a JSON object, and of nested objects, that the settings name, as a tree.
struct WantedMembers: Sendable {
  private struct Node {
    /// A range of `names`.
    var name: Range<Int>
    var slot: Int?
    var firstChild: Int?
    var nextSibling: Int?
  }

  static let root = 0

  private var nodes = [Node(name: 0..<0)]
  private var names: [UInt8] = []

  @inline(__always)
  func slot(of node: Int) -> Int? { nodes[node].slot }

  /// The node of a member; nil if neither it nor a nested member is wanted.
  @inline(__always)
  func member(_ text: RawSpan, _ name: Range<Int>, of node: Int) -> Int? {
    var next = nodes[node].firstChild
    while let child = next {
      if nodes[child].name.count == name.count,
        text.extracting(name).equals(names.span.bytes, in: nodes[child].name)
      {
        return child
      }
      next = nodes[child].nextSibling
    }
    return nil
  }

  /// The node of an array's element; if only the array itself is wanted, that is its first element.
  func element(_ index: Int, of node: Int) -> Int? {
    if nodes[node].firstChild != nil {
      let name = Array("\(index)".utf8)
      if let child = member(name.span.bytes, 0..<name.count, of: node) { return child }
    }
    return index == 0 && nodes[node].slot != nil ? node : nil
  }

  /// - Parameter path: Names joined by dots. As a name may contain dots, all ways to split the path are searched, up to
  ///   eight parts: each part doubles the number of ways.
  mutating func want(_ path: String, slot: Int) {
    let parts = path.split(separator: ".", omittingEmptySubsequences: false)
      .map { Array($0.utf8) }
    want(parts[...], below: Self.root, isNameDotted: parts.count <= 8, slot: slot)
  }

  private mutating func want(
    _ path: ArraySlice<[UInt8]>, below node: Int, isNameDotted: Bool, slot: Int
  ) {
    let longest = isNameDotted ? path.count : 1
    for count in 1...longest {
      let child = child(named: Array(path.prefix(count).joined(separator: [ASCII.dot])), of: node)
      let rest = path.dropFirst(count)
      if rest.isEmpty {
        nodes[child].slot = slot
      } else {
        want(rest, below: child, isNameDotted: isNameDotted, slot: slot)
      }
    }
  }

  private mutating func child(named name: [UInt8], of node: Int) -> Int {
    if let known = member(name.span.bytes, 0..<name.count, of: node) { return known }
    let start = names.count
    names += name
    nodes.append(Node(name: start..<names.count, nextSibling: nodes[node].firstChild))
    nodes[node].firstChild = nodes.count - 1
    return nodes.count - 1
  }
}
