import Foundation
import Settings
import TestSupport
import Testing
import harbinger

private let shipped = Checkout.root.appending(path: "deploy/harbinger.yaml")

@Test func shippedSettingsAreTheDefaults() throws {
  let source = SourceSettings(name: "web", files: ["/var/log/nginx/access.log"])
  let settings = try reader.read(path: shipped.path)
  #expect(settings == ServiceSettings(sources: [source], environment: reader.environment))
}

@Test func shippedSettingsNameEveryKey() throws {
  let read = try reader.readNotingPlaces(Array(Data(contentsOf: shipped)), file: shipped.path)
  let named = Set(read.places.keys)
  #expect(read.settings.effective.map(\.path).filter { !named.contains($0) } == [])
}

@Test func shippedSettingsSayALineOnEveryKey() throws {
  let text = try String(contentsOf: shipped, encoding: .utf8)
  let silent = text.split(separator: "\n").filter { line in
    !line.contains(" # ") && !line.hasPrefix("#") && !line.hasSuffix("time:")
  }
  #expect(silent == [])
}
