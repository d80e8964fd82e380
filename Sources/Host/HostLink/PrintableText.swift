extension String {
  /// This text as it may be written to a terminal: on one line, without characters that would move the cursor, change the terminal,
  /// hide, or turn the direction of what follows. Each of them becomes U+FFFD. For text that came from elsewhere: a name, a
  /// transcript, what a picture says.
  public var printable: String {
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .lineSeparator, .paragraphSeparator, .surrogate: shown.append("\u{FFFD}")
      // The zero-width joiner holds emoji together.
      case .format where scalar != "\u{200D}": shown.append("\u{FFFD}")
      default: shown.append(scalar)
      }
    }
    return String(shown)
  }
}
