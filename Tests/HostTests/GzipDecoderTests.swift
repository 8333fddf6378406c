import Arithmetic
import Foundation
import Host
import TestSupport
import Testing

/// Both gzip decoders give the same result, however the input is cut.
@Suite struct GzipDecoderTests {
  enum Library: CaseIterable {
    case igzip, zlib

    func makeDecoder() throws -> any Decoder {
      switch self {
      case .igzip: try #require(IgzipDecoder(), "libisal2 is installed by deploy/prepare")
      case .zlib: ZlibDecoder()
      }
    }
  }

  struct Decoded: Equatable {
    var bytes: [UInt8] = []
    var isComplete = false
    var isFinished = false
    var hasFailed = false
  }

  /// Feeds the input in pieces of random length into outputs of random length.
  static func decode(_ input: [UInt8], by library: Library, _ chance: inout Chance) throws
    -> Decoded
  {
    let decoder = try library.makeDecoder()
    var decoded = Decoded()
    var start = 0
    var idleCount = 0
    while !decoder.isFinished, idleCount < 3 {
      let end = min(input.count, start + chance.integer(in: 1...chance.integer(in: 1...5_000)))
      var output = [UInt8](
        repeating: 0, count: chance.integer(in: 1...chance.integer(in: 1...9_000)))
      let (taken, given) = input[start..<end].withUnsafeBytes { piece in
        output.withUnsafeMutableBytes { room -> (Int, Int) in
          var (rest, free) = (piece, room)
          do throws(DecodingFailure) {
            try decoder.step(&rest, &free, inputEnded: end == input.count)
          } catch {
            decoded.hasFailed = true
          }
          return (piece.count - rest.count, room.count - free.count)
        }
      }
      decoded.bytes += output[..<given]
      if decoded.hasFailed { break }
      start += taken
      idleCount = taken == 0 && given == 0 && start == input.count ? idleCount + 1 : 0
    }
    decoded.isComplete = decoder.isComplete
    decoded.isFinished = decoder.isFinished
    return decoded
  }

  static func gzip(_ text: String) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "text")
    try Data(text.utf8).write(to: file)
    _ = try ChildProcess.run(["gzip", "-9", file.path])
    return [UInt8](try Data(contentsOf: folder.url.appending(path: "text.gz")))
  }

  static let texts = [
    "", "one line\n", String(repeating: "GET /index.html HTTP/1.1\n", count: 20_000),
    (0..<9_000).map { "\($0 &* 7_919 % 10_007) \($0)\n" }.joined(),
  ]

  @Test(arguments: Library.allCases)
  func membersFollowOneAnother(library: Library) throws {
    var chance = Chance(seed: 5)
    let members = try Self.texts.map(Self.gzip)
    for _ in 0..<20 {
      let order = (0..<chance.integer(in: 1...6)).map { _ in
        chance.integer(in: 0...Self.texts.count - 1)
      }
      let decoded = try Self.decode(order.flatMap { members[$0] }, by: library, &chance)
      let isWhole = decoded.bytes == Array(order.map { Self.texts[$0] }.joined().utf8)
      #expect(isWhole)
      #expect(decoded.isComplete && !decoded.hasFailed)
    }
  }

  @Test(arguments: Library.allCases, [[0, 0, 0, 0], Array("no gzip at all".utf8)] as [[UInt8]])
  func whatFollowsTheLastMemberIsIgnored(library: Library, tail: [UInt8]) throws {
    var chance = Chance(seed: 6)
    let member = try Self.gzip(Self.texts[3])
    for _ in 0..<20 {
      let decoded = try Self.decode(member + member + tail, by: library, &chance)
      let isWhole = decoded.bytes == Array((Self.texts[3] + Self.texts[3]).utf8)
      #expect(isWhole)
      #expect(decoded.isComplete && decoded.isFinished && !decoded.hasFailed)
    }
  }

  @Test(arguments: Library.allCases)
  func cutShortItIsNotComplete(library: Library) throws {
    var chance = Chance(seed: 7)
    let member = try Self.gzip(Self.texts[3])
    for _ in 0..<40 {
      let cut = chance.integer(in: 1...member.count - 1)
      let decoded = try Self.decode(Array(member[..<cut]), by: library, &chance)
      let isBeginning = Array(Self.texts[3].utf8).starts(with: decoded.bytes)
      #expect(isBeginning)
      #expect(!decoded.isComplete && !decoded.hasFailed)
    }
  }

  /// The decoders differ in which damaged headers they refuse, and in how many bytes they return before the damage.
  @Test func whatIgzipTakesForWholeIsWhatZlibReads() throws {
    var chance = Chance(seed: Fuzzing.seed)
    let member = try Self.gzip(Self.texts[3])
    for _ in 0..<Fuzzing.rounds(usually: 200) {
      let damaged = Fuzzing.damaged(member + member, &chance)
      let byIgzip = try Self.decode(damaged, by: .igzip, &chance)
      let byZlib = try Self.decode(damaged, by: .zlib, &chance)
      let isSame = byIgzip == byZlib
      #expect(byIgzip.hasFailed || !byIgzip.isComplete || isSame)
    }
  }
}
