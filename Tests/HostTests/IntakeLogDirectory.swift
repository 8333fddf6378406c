import CZlib
import Foundation
import Glibc
import TestSupport

/// What programs, log rotators and people do to the files of a directory.
protocol LogDirectory {
  var directory: String { get }
}

extension LogDirectory {
  func path(_ name: String) -> String { directory + "/" + name }

  func write(_ text: String, to name: String = "access.log") {
    let descriptor = open(path(name), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    precondition(descriptor >= 0, "cannot write \(name)")
    Self.write(text, to: descriptor)
    close(descriptor)
  }

  func write(bytes: [UInt8], to name: String = "access.log") {
    let descriptor = open(path(name), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
    bytes.withUnsafeBytes { _ = Glibc.write(descriptor, $0.baseAddress, $0.count) }
    close(descriptor)
  }

  static func write(_ text: String, to descriptor: CInt) {
    var text = text
    text.withUTF8 { bytes in
      var at = 0
      while at < bytes.count {
        at += max(0, Glibc.write(descriptor, bytes.baseAddress! + at, bytes.count - at))
      }
    }
  }

  func move(_ from: String, to: String) {
    precondition(rename(path(from), path(to)) == 0, "cannot rename \(from)")
  }

  func remove(_ name: String) { unlink(path(name)) }

  func truncate(_ name: String = "access.log") { Glibc.truncate(path(name), 0) }

  /// As cp does it: what is there of the copy grows.
  func copy(_ from: String, to: String) {
    let bytes = [UInt8](FileManager.default.contents(atPath: path(from)) ?? Data())
    write(bytes: [], to: to)
    write(bytes: Array(bytes[..<(bytes.count / 2)]), to: to)
    write(bytes: Array(bytes[(bytes.count / 2)...]), to: to)
  }

  func copyTruncate(_ from: String = "access.log", to: String = "access.log.1") {
    copy(from, to: to)
    truncate(from)
  }

  func makeDirectory(_ name: String) {
    try? FileManager.default.createDirectory(
      atPath: path(name), withIntermediateDirectories: true)
  }

  func run(_ tool: String, _ name: String) {
    let result = try? ChildProcess.run([tool, "-q", path(name)])
    precondition(result?.status == 0, "\(tool) failed")
  }

  /// As gzip does it: a new file beside the old, which is removed last.
  func gzip(_ name: String, removesOriginal: Bool = true) {
    let bytes = FileManager.default.contents(atPath: path(name)) ?? Data()
    let file = gzopen(path(name + ".gz"), "wb1")
    _ = bytes.withUnsafeBytes { gzwrite(file, $0.baseAddress, UInt32($0.count)) }
    gzclose(file)
    if removesOriginal { remove(name) }
  }
}
