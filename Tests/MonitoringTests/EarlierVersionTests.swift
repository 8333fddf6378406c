import Foundation
import Monitoring
import Storage
import TestSupport
import Testing

/// Goal: what the version before has learned is not learned again. Method: a stream as it stored it, after three hours
/// of the same lines; with it and without it the next hours' forecasts are the same.
@Test func whatTheTwelfthVersionLearnedIsRead() throws {
  var watching = try Watching(MonitorSettings(sources: [.init(name: "log")]))
  watching.read([0, 1, 3].map { "\(SampleLines.start + 3_600 * $0 + 3_599) a" })
  watching.drain()
  watching.handle(.stopping)
  #expect(watching.monitor.openHour == SampleLines.start / 3_600 + 3)
  var earlier = watching
  let stored = try #require(Data(base64Encoded: twelfth))
  try watching.restart()
  try earlier.restart { state in
    let bytes = StoredBytes.compression.decompress(Array(stored))
    #expect(bytes != state.streams["log:a"]?.bytes)
    state.streams["log:a"]?.bytes = bytes
  }
  #expect(earlier.relearned == [])
  for hours in [4, 30] {
    for index in 0...1 {
      var next = index == 0 ? watching : earlier
      next.drain()
      next.handle(.tick(now: Int64(SampleLines.start + 3_600 * hours + 120)))
      next.handle(.stopping)
      if index == 0 { watching = next } else { earlier = next }
    }
    #expect(earlier.forecasts == watching.forecasts)
  }
  #expect(watching.forecasts["log:a"]?.count == 30)
}

private let twelfth = """
  KLUv/WANhy02AJpFQBEWMLoxM1wvnujFepTVY9U4SKiZw1KPDAwBEgEPAYK+6AauW7sHdVjG+uyWrgB3fWEggIhDAG8vpwjg\
  5c3G27+bjC3xXnj7NOsv5ywf3h5MfXc3dMTbM5WwrckY8faj17vEmDu+oPPxTbEUA0/gxmDykWCMF8DK5BJFbfnnCH8PnkLQ\
  2Hj899Oho0J0wH/P2ybJxPfw95i+BXEjM39fxGkszNzy0y3r7CdhcB8dqkZc5Uvml4NrLPlQiP5w2yJfrbKsX43wuSMQaaBF\
  fwEG6wBFu/WVX2oO1oMrk13/254Rbs4/nn9PjIBTRkmMt6MnuKTuqP19+QTXWR42QEVdoI4P2Np3fYG6HanOosKi8tKi4qKF\
  ZbX1wkLDorU1EyNjFaPSwmLBRRZWFwiM+cX8b5pwHqM2LTeNOQ+4T3PY783m8iZpzGnNEhV1/ABxuOieSi9+oMNlx1MDOtLV\
  u7OZo0BDcpxP9wNvb1lejJCYwQuAu1nAeaQ0/OvGReLaT4EfiEWuzI9F/G10Kg5yH7C/T/8chKOM4bBzaC3hgWwFirXndHiI\
  MVGUcOR0MB1m1m3sUg9nAlsBPThC6qyetKmswEmvOIT1n8w63uBGE5rKldMCoKJOAxgTx3qPwqpX0JVVFeFXOBoA6tzNv6+g\
  kYN0ZVVF+BXZvdTW1D3ZPVTz1gECAv1k6wCqOap56QipOek56bnejUNWLzWulWB1r3SglaBUwNXeSpDqmOpI+jPqVupY6vgK\
  0xBgRwIAEJgNkis493vgwkz0JiKeBQTmHrbIgS/rGdAcZNCzRnnKOo7pp2G+f6NhZF3P3IKkR5Wyw4EOpNGXh9V+Qo2QXyGd\
  eE+W+/tZ2jf6Jig3vd1bx9UMavtuBqX9SzY5uz+IsbfS3Hi94sfGriCn1GdocZcSnMZLVHZLzesqviyJc5HdFcCXpYtIYiU6\
  rVegPYtRi1GbzaV55E3SHNJC1/DGM8Yzyr7Y3s621vDQjNj04n7ifmaOazltZm1meUY2ybwvm6o4pzin2VwbT96ErTB/ll+Z\
  DMnrmARy5G1ODDvyOCBlFfmWjzCK/EoJ30a+Jm04b3Kbtpu/SSt2ySOZmZ9tmbHs92VfZ1tm5mZ7RrUnM0e0tXNB9y2eaYQo\
  OoA/3MC0q/cj+s10BwB1ogQSfcyW7yvFVHaF0d8Lb/hXkpp/rAzhj92kfzHlni829PnB0h+/V9XWzwLZ+E6fmp+nG/y+zWtc\
  Y+7celMwcYBD1WR5v3EBt4lJsLrZUWC5wbnfNzc5P8tZRR7sTuyAgt5aYh+92XvoseYaAuHhhXmmB3Yu/X+QSfX7skjA37KU\
  1jfFXusNXHL0IIAsLZ+uXv8wA98CejzT49cL8KivhsLx0bIA/lTU2G873f5tkzm/rc3xt91cfjZPtr9W6PTzUDS/zNvzd+Vk\
  fyC0lhrgBAGb5o1OHBzvvntJ1sYde5Hjq1l+2FCQitx49JHctAaBHKhBPVNIZmiUkRQkrQFRJVMIkVllOKJQDAZkFIIwFMJA\
  HEEhREAERUAwoSJEUIwhClrtRT1LEfxyCWVg7zAv4FZ63GmsMkConTCZc54GgYKqM7Qq2txvsCuLon0krcoNhOVFXeMuCJrE\
  7bhirjlfE4dXaCfo8x/KlCn47E6XLA0TWj/C8Ss5i9AG8r7cVsaDbB8FfiY7TMOqvsmUSvJJ2h6ehigAAMW3aGTzz5F2aHPC\
  NvWG3WMhyRw0BkN/rJ8Wxq5rTVSmowMiLO6mtL4AB31TtWPx6YEd0Uw2otgCP9MbanHIAQhBR5ynjlWpEu8evsN42ptTQkDx\
  M1zrUZDXJfLXqgaE5FYcqqXXE+s+CNI8dIZO9Zp1G+K4QthycSxoyOya4XH/hqkdx41y0/5Dhi4E4uOCvIz4XuxMXp95l5zb\
  x8eZv1XRgEFmwjkzcyB1jtdO3WNzQ1XdU6uULpX5zSsoCeE/XhhGcYxtHG0Vpa2c1ywKrMFg/m8v0Pac+mwqOkgMczWhGWkB\
  ysmGoLs1+M+n2dYvOxVrY1LP42cMcutuiIktGwOK1KoJ+Agt2kBBZs0RSCJLpuAjsWIDGoEFBxCMr8M0I14uwSBdxSpLuNgC\
  RLYGoI1oqQYGyQqrIMFCEDryWpERcUkBgbQy5ktYsEBFVmLQ4XoNtuXDrI3xQg6jdTMHB7nUT3KQ3aUjD6RXmzuIMlIcLSL/\
  xa9j+58lJLsLtyac1xWRbyKj/VZmP4btAlQb2BVhF6datpYU7wZKZlnrzizJyjURlAK1HutBOTdXxoKeyl7/cB99Z0587GKz\
  PUbJ/NYlApvOwnxf8987
  """
