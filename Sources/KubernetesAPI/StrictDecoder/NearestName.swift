/// The known name that a mistyped one most likely stands for; nil when none is near.
///
/// Near means that at most a third of the letters differ (edits of one letter, swaps of two neighbours count once; case
/// counts nothing): `minReplicas` is near `minReplicaCount`, `trigger` near `triggers`, `kafak` near `kafka`.
public func nearestName(to name: String, among known: some Collection<String>) -> String? {
  guard name.utf8.count <= 64 else { return nil }
  let letters = Array(name.lowercased().utf8)
  var best: (name: String, distance: Int)?
  for candidate in known.sorted() {
    let other = Array(candidate.lowercased().utf8)
    let distance = editDistance(letters, other)
    guard distance <= max(letters.count, other.count) / 3, distance < best?.distance ?? .max else { continue }
    best = (candidate, distance)
  }
  return best?.name
}

/// Edits of one letter and swaps of two neighbours that turn one text into the other.
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
  var twoBefore: [Int] = []
  var before = Array(0...right.count)
  for row in 0..<left.count {
    var current = [row + 1]
    for column in 0..<right.count {
      let substitution = before[column] + (left[row] == right[column] ? 0 : 1)
      var distance = min(substitution, before[column + 1] + 1, current[column] + 1)
      if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
        distance = min(distance, twoBefore[column - 1] + 1)
      }
      current.append(distance)
    }
    (twoBefore, before) = (before, current)
  }
  return before[right.count]
}
