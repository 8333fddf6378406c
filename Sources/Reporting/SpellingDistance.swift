/// How far two words are apart, to guess which one was meant.
package enum SpellingDistance {
  /// - Returns: The word with the fewest differences, if they are few; nil if none is like it.
  package static func nearest(to typed: String, among words: [String]) -> String? {
    let limit = max(1, typed.count / 3)
    return words.map { (word: $0, distance: between($0, typed)) }
      .filter { $0.distance <= limit }
      .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?.word
  }

  /// Letters to insert, delete, replace, or swap with their neighbour: the optimal string alignment distance.
  package static func between(_ first: String, _ second: String) -> Int {
    let (a, b) = (Array(first.prefix(64)), Array(second.prefix(64)))
    var rows = [Array(0...b.count)]
    for i in a.indices {
      var row = [i + 1]
      for j in b.indices {
        let replaced = rows[i][j] + (a[i] == b[j] ? 0 : 1)
        var best = min(rows[i][j + 1] + 1, row[j] + 1, replaced)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          best = min(best, rows[i - 1][j - 1] + 1)
        }
        row.append(best)
      }
      rows.append(row)
    }
    return rows[a.count][b.count]
  }
}
