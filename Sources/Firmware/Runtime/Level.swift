/// Levels of the parts, as the board file counts them.
package enum Level {
  package static let off = 0
  package static let on = 1
  package static let microphoneLocal = 1
  package static let microphoneStreaming = 2
  package static let speakerReady = 1
  package static let speakerPlaying = 2
  package static let linkParked = 1
  package static let linkActive = 2
  package static let processorListening = 1
  package static let processorBusy = 2
}
