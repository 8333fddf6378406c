import Arithmetic
import Foundation
import TestSupport
import Testing

/// Goal: any bytes are either read as settings or refused with messages that are safe to print. Method: seeded damage
/// to the shipped file and to smaller ones.
@Test func anyBytesAreSettingsOrAreRefusedInSentences() throws {
  let shipped = try Data(contentsOf: Checkout.root.appending(path: "deploy/harbinger.yaml"))
  let samples = [Array(shipped)] + settingsSamples.map { Array($0.utf8) }
  var chance = Chance(seed: Fuzzing.seed)
  for _ in 0..<Fuzzing.rounds(usually: 400) {
    let sample = samples[chance.integer(in: 0...samples.count - 1)]
    let bytes = Fuzzing.damaged(sample, crossing: samples, &chance)
    for sentence in complaints(about: bytes) {
      #expect(sentence.utf8.count < 2_000)
      #expect(sentence.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f })
    }
  }
}

private let settingsSamples = [
  "sources: [{ name: web, files: /var/log/a.log }]\n",
  "sources:\n- name: a\n  files: [/a/*.log, /b]\n  format: regex\n  pattern: '(?<time>\\S+) (?<x>.*)'\n",
  "sources: &a [{ name: web, files: /x, include: { path: '/u*', agent: [a, b] } }]\nalert: *a\n",
  "a: &a [1, 1]\nb: &b [*a, *a]\nc: [*b, *b]\nsources: *b\n",
  "sources: [{ name: web, files: /x }]\nforecast: { horizon: 168h, holidays: [2026-12-25] }\n",
  "sources: [{ name: w, files: /x, key: '{host}{path}', time: { layout: '%d/%b/%Y', field: t } }]\n",
  "training: { hidden: [1, 2], penalty: balanced, clip_norm: null }\nalert: { lead: 1h..6h }\n",
  "\u{FEFF}sources: !!set { \"\\x1b\\u202e\": ? }\n---\nsecond: document\n",
  "%YAML 1.2\n---\n- [}\n",
]
