/// A new file of which it is not known yet whether it is to be read: a copy that is being made, or one without a line.
struct WaitingFile {
  /// Kept open, so that its inode is not used again.
  let file: OpenFile
  /// The only file of which it may be a copy; nil if that is not known.
  var original: FileKey?
  /// Signals that it has grown.
  var watch: FileWatcher.Watch?
  /// When it is to be reported that it ends early.
  private var endsEarlyDeadlineSeconds: Double?
  private var isReported = false

  init(file: OpenFile) { self.file = file }

  /// Whether a compressed file that ends early may only be incomplete: a compressor creates it empty, and takes a while.
  /// It is reported if it is still so half a minute after this was first asked.
  mutating func isGrowing(_ nowSeconds: Double) -> Bool {
    let deadline = endsEarlyDeadlineSeconds ?? nowSeconds + TrackedFile.quiescenceSeconds
    endsEarlyDeadlineSeconds = deadline
    isReported = deadline <= nowSeconds
    return !isReported
  }

  /// When it must be examined again although nothing has changed.
  var deadlineSeconds: Double? { isReported ? nil : endsEarlyDeadlineSeconds }
}
