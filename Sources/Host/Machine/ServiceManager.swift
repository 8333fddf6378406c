internal import CSystemd
internal import Glibc
internal import Records

/// Requests to systemd, over the system bus.
package enum ServiceManager {
  /// Why a unit was not started.
  package enum Failure: Error, Hashable, CustomStringConvertible {
    /// No polkit rule allows it, or the bus does not know our user.
    case denied(unit: String)
    case noSuchUnit(String)
    case invalidName(String)
    case refused(unit: String, reason: String)

    package var description: String {
      switch self {
      case .denied(let unit):
        "may not start \(unit): that is allowed by `deploy/install --allow-wake`, for wake@….service"
      case .noSuchUnit(let unit): "there is no unit \(unit)"
      case .invalidName(let unit): "\(unit) is no name of a unit"
      case .refused(let unit, let reason): "systemd did not start \(unit): \(reason)"
      }
    }
  }

  /// The bus answers when the start is queued, not when it is done.
  private static let timeoutMicroseconds: UInt64 = 3_000_000

  /// Starts a unit; a running unit is not changed.
  package static func start(unit: String) throws(Failure) {
    let (bus, shown) = try connect(for: unit)
    defer { sd_bus_flush_close_unref(bus) }

    var request: OpaquePointer?
    sd_bus_message_new_method_call(
      bus, &request, "org.freedesktop.systemd1", "/org/freedesktop/systemd1",
      "org.freedesktop.systemd1.Manager", "StartUnit")
    defer { sd_bus_message_unref(request) }
    for text in [unit, "replace"] {
      text.withCString { _ = sd_bus_message_append_basic(request, CChar(UInt8(ascii: "s")), $0) }
    }

    var error = sd_bus_error()
    defer { sd_bus_error_free(&error) }
    let code = sd_bus_call(bus, request, timeoutMicroseconds, &error, nil)
    if code >= 0 { return }
    // The bus closes the connection of a dynamic user, because it cannot look that user up.
    if code == -ENOTCONN { throw .denied(unit: shown) }
    let name = error.name.map { String(cString: $0) } ?? ""
    switch name {
    case "org.freedesktop.DBus.Error.AccessDenied",
      "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired":
      throw .denied(unit: shown)
    case "org.freedesktop.systemd1.NoSuchUnit": throw .noSuchUnit(shown)
    default: throw .refused(unit: shown, reason: reason(error, code))
    }
  }

  /// Checks that systemd knows a unit, without starting it.
  ///
  /// - Throws: Why it could not be started, as far as that can be known in advance.
  package static func check(unit: String) throws(Failure) {
    let (bus, shown) = try connect(for: unit)
    defer { sd_bus_flush_close_unref(bus) }
    var path: UnsafeMutablePointer<CChar>?
    var state: UnsafeMutablePointer<CChar>?
    var error = sd_bus_error()
    defer {
      sd_bus_error_free(&error)
      free(path)
      free(state)
    }
    guard sd_bus_path_encode("/org/freedesktop/systemd1/unit", unit, &path) >= 0 else {
      throw .invalidName(shown)
    }
    let code = sd_bus_get_property_string(
      bus, "org.freedesktop.systemd1", path, "org.freedesktop.systemd1.Unit", "LoadState", &error,
      &state)
    if code == -ENOTCONN { throw .denied(unit: shown) }
    guard code >= 0, let state else {
      throw .refused(unit: shown, reason: reason(error, code))
    }
    switch String(cString: state) {
    case "loaded": return
    case "not-found": throw .noSuchUnit(shown)
    case let other: throw .refused(unit: shown, reason: "its state is \(other)")
    }
  }

  /// - Returns: The system bus, which the caller must close, and the unit's name escaped for display.
  private static func connect(
    for unit: String
  ) throws(Failure) -> (bus: OpaquePointer?, shown: String) {
    let shown = String(escapedForDisplay: unit, limit: 256)
    guard isUnitName(unit) else { throw .invalidName(shown) }
    var bus: OpaquePointer?
    let code = sd_bus_open_system(&bus)
    guard code >= 0 else {
      throw .refused(unit: shown, reason: "no system bus: " + String(cString: strerror(-code)))
    }
    return (bus, shown)
  }

  /// The error message of the bus, or that of the errno.
  private static func reason(_ error: sd_bus_error, _ code: Int32) -> String {
    error.message.map { String(cString: $0) } ?? String(cString: strerror(-code))
  }

  /// Whether it is a valid unit name. Checked because a stream's name can come from a log line.
  static func isUnitName(_ name: String) -> Bool {
    let allowed = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:-_.\\@".utf8)
    return (1...255).contains(name.utf8.count) && name.utf8.allSatisfy(allowed.contains)
      && name.utf8.contains(UInt8(ascii: "."))
  }

  /// Escapes text for the instance part (`%i`) of a unit name, as systemd-escape(1) does.
  package static func escaped(_ text: String) -> String {
    var result = ""
    for (index, byte) in text.utf8.enumerated() {
      switch byte {
      case UInt8(ascii: "/"): result += "-"
      case UInt8(ascii: ".") where index == 0: result += #"\x2e"#
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: ":"), UInt8(ascii: "_"),
        UInt8(ascii: "."):
        result += String(Unicode.Scalar(byte))
      default:
        let digits = String(byte, radix: 16)
        result += #"\x"# + (digits.count < 2 ? "0" : "") + digits
      }
    }
    return result
  }
}
