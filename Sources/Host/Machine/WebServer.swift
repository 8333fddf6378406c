import CMicroHTTPD
internal import CSystemd
internal import Glibc
internal import Records

/// An HTTP request.
package struct WebRequest: Sendable {
  package var method: String
  /// Without the query.
  package var path: String
  /// The headers that are used; nil if not sent.
  package var host: String?
  package var origin: String?
  package var accept: String?

  package init(
    method: String, path: String, host: String? = nil, origin: String? = nil, accept: String? = nil
  ) {
    self.method = method
    self.path = path
    self.host = host
    self.origin = origin
    self.accept = accept
  }
}

/// An HTTP response.
package struct WebResponse: Sendable {
  /// The status code, such as 200.
  package var status: UInt32
  package var contentType: String
  /// The body as it is sent.
  package var body: [UInt8]
  /// Headers in addition to the content type and length.
  package var headers: [(name: String, value: String)]

  package init(
    status: UInt32 = 200, contentType: String = "text/plain; charset=utf-8", body: [UInt8],
    headers: [(name: String, value: String)] = []
  ) {
    self.status = status
    self.contentType = contentType
    self.body = body
    self.headers = headers
  }

  package init(status: UInt32, _ sentence: String) {
    self.init(status: status, body: Array("\(sentence)\n".utf8))
  }
}

/// A listening socket that systemd opened and handed to this process.
package struct ListeningSocket: Sendable {
  package let descriptor: Int32
  /// Whether it is a Unix socket, which is protected by file permissions.
  package let isLocal: Bool

  /// - Returns: Nil if none, or more than one, was handed over.
  /// - Source: sd_listen_fds(3).
  package static var inherited: ListeningSocket? {
    guard sd_listen_fds(1) == 1 else { return nil }
    let first: Int32 = 3
    guard sd_is_socket(first, 0, Int32(SOCK_STREAM.rawValue), 1) > 0 else { return nil }
    return ListeningSocket(
      descriptor: first, isLocal: sd_is_socket(first, AF_UNIX, 0, -1) > 0)
  }
}

/// Serves HTTP on an inherited socket, on the calling thread, until no request has come for a while.
///
/// libmicrohttpd implements the protocol: of the available servers it is the one that accepts an inherited socket,
/// needs no thread, and limits the number of connections and the size and time of a request. It is loaded, not linked,
/// so that the daemon, which has no network, does not have it in memory.
package final class WebServer {
  package static let connectionsMax: UInt32 = 32
  /// The memory of a connection: the request line and headers, and the response headers.
  package static let requestBytesMax = 16 << 10
  package static let timeoutSeconds: UInt32 = 10
  /// From its beginning: a connection on which a byte comes now and then is never without one for long.
  package static let connectionSecondsMax = 30

  private let library: Library
  private let answer: (WebRequest) -> WebResponse
  private var lastRequestMicroseconds = WallClock.monotonicMicroseconds
  /// When each connection began, by its socket.
  private var beginnings: [Int32: Int64] = [:]

  /// - Returns: Nil if libmicrohttpd is not installed.
  package init?(answer: @escaping (WebRequest) -> WebResponse) {
    guard let library = Library() else { return nil }
    self.library = library
    self.answer = answer
  }

  /// - Parameter idleSeconds: The server ends after this time without a request.
  /// - Throws: `SystemError` if the server cannot be started on the socket.
  package func serve(_ socket: ListeningSocket, idleSeconds: Int) throws(SystemError) {
    // Writing to a closed connection must not end the process.
    signal(SIGPIPE, SIG_IGN)
    let context = Unmanaged.passUnretained(self).toOpaque()
    guard
      let daemon = microhttpd_start(
        library.start, socket.descriptor, handleRequest, noteConnection, context,
        Self.connectionsMax,
        Self.requestBytesMax, Self.timeoutSeconds)
    else { throw .last("serve on the inherited socket") }
    defer { library.stop(daemon) }
    lastRequestMicroseconds = WallClock.monotonicMicroseconds
    let idleMicroseconds = Int64(idleSeconds) * 1_000_000
    while WallClock.monotonicMicroseconds - lastRequestMicroseconds < idleMicroseconds {
      _ = library.run(daemon, Int32(idleSeconds) * 1_000)
      endLongConnections()
    }
  }

  fileprivate func note(_ connection: OpaquePointer, isOver: Bool) {
    let descriptor = microhttpd_socket(library.info, connection)
    beginnings[descriptor] = isOver ? nil : WallClock.monotonicMicroseconds
  }

  /// The library closes them when it finds that nothing can come any more.
  private func endLongConnections() {
    let first = WallClock.monotonicMicroseconds - Int64(Self.connectionSecondsMax) * 1_000_000
    for (descriptor, beginning) in beginnings where beginning < first {
      shutdown(descriptor, Int32(SHUT_RDWR))
    }
  }

  fileprivate func handle(
    _ connection: OpaquePointer, url: UnsafePointer<CChar>?, method: UnsafePointer<CChar>?
  ) -> MHD_Result {
    lastRequestMicroseconds = WallClock.monotonicMicroseconds
    func header(_ name: String) -> String? {
      library.header(connection, .HEADER_KIND, name).map { String(cString: $0) }
    }
    let response = answer(
      WebRequest(
        method: method.map { String(cString: $0) } ?? "",
        path: url.map { String(cString: $0) } ?? "",
        host: header("Host"), origin: header("Origin"), accept: header("Accept")))
    var body = response.body
    guard
      let reply = library.response(body.count, &body, .RESPMEM_MUST_COPY)
    else { return .NO }
    defer { library.release(reply) }
    for (name, value) in response.headers + [("Content-Type", response.contentType)] {
      _ = library.addHeader(reply, name, value)
    }
    return library.queue(connection, response.status, reply)
  }

  /// The functions of the library that are used.
  private struct Library {
    let start: UnsafeMutableRawPointer
    let info: UnsafeMutableRawPointer
    let stop: @convention(c) (OpaquePointer) -> Void
    let run: @convention(c) (OpaquePointer, Int32) -> MHD_Result
    let header:
      @convention(c) (OpaquePointer, MHD_ValueKind, UnsafePointer<CChar>) -> UnsafePointer<CChar>?
    let response:
      @convention(c) (Int, UnsafeMutableRawPointer, MHD_ResponseMemoryMode) -> OpaquePointer?
    let addHeader:
      @convention(c) (OpaquePointer, UnsafePointer<CChar>, UnsafePointer<CChar>) -> MHD_Result
    let queue: @convention(c) (OpaquePointer, UInt32, OpaquePointer) -> MHD_Result
    let release: @convention(c) (OpaquePointer) -> Void

    init?() {
      // The number is that of the binary interface to which the imported types belong.
      guard let library = dlopen("libmicrohttpd.so.12", RTLD_NOW | RTLD_LOCAL),
        let start = dlsym(library, "MHD_start_daemon"),
        let info = dlsym(library, "MHD_get_connection_info"),
        let stop = dlsym(library, "MHD_stop_daemon"), let run = dlsym(library, "MHD_run_wait"),
        let header = dlsym(library, "MHD_lookup_connection_value"),
        let response = dlsym(library, "MHD_create_response_from_buffer"),
        let addHeader = dlsym(library, "MHD_add_response_header"),
        let queue = dlsym(library, "MHD_queue_response"),
        let release = dlsym(library, "MHD_destroy_response")
      else { return nil }
      self.start = start
      self.info = info
      self.stop = unsafeBitCast(stop, to: (@convention(c) (OpaquePointer) -> Void).self)
      self.run = unsafeBitCast(
        run, to: (@convention(c) (OpaquePointer, Int32) -> MHD_Result).self)
      self.header = unsafeBitCast(
        header,
        to: (@convention(c) (OpaquePointer, MHD_ValueKind, UnsafePointer<CChar>) -> UnsafePointer<
          CChar
        >?).self)
      self.response = unsafeBitCast(
        response,
        to: (@convention(c) (Int, UnsafeMutableRawPointer, MHD_ResponseMemoryMode) ->
          OpaquePointer?).self)
      self.addHeader = unsafeBitCast(
        addHeader,
        to: (@convention(c) (OpaquePointer, UnsafePointer<CChar>, UnsafePointer<CChar>) ->
          MHD_Result).self)
      self.queue = unsafeBitCast(
        queue, to: (@convention(c) (OpaquePointer, UInt32, OpaquePointer) -> MHD_Result).self)
      self.release = unsafeBitCast(release, to: (@convention(c) (OpaquePointer) -> Void).self)
    }
  }
}

/// Called by the library when a connection begins and when it is over.
private func noteConnection(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?,
  socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?,
  event: MHD_ConnectionNotificationCode
) {
  guard let context, let connection else { return }
  Unmanaged<WebServer>.fromOpaque(context).takeUnretainedValue()
    .note(connection, isOver: event == microhttpd_closed)
}

/// Called by the library when a request's headers are complete, and again when its body has been received; the body is
/// ignored.
private func handleRequest(
  context: UnsafeMutableRawPointer?, connection: OpaquePointer?, url: UnsafePointer<CChar>?,
  method: UnsafePointer<CChar>?, version: UnsafePointer<CChar>?, upload: UnsafePointer<CChar>?,
  uploadByteCount: UnsafeMutablePointer<Int>?,
  perRequest: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
  guard let context, let connection else { return .NO }
  if let perRequest, perRequest.pointee == nil {
    perRequest.pointee = context
    return .YES
  }
  if let uploadByteCount, uploadByteCount.pointee > 0 {
    uploadByteCount.pointee = 0
    return .YES
  }
  return Unmanaged<WebServer>.fromOpaque(context).takeUnretainedValue()
    .handle(connection, url: url, method: method)
}
