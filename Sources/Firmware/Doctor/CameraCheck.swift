import CImage
import Drivers
import HAL
import Units

/// Cameras as the kernel lists them, with formats and sizes, and a test picture as PNG.
struct CameraCheck {
  let machine: Machine
  /// The board's camera as its file names it; nil when nothing is asked for.
  let wanted: String?
  let light: LineDescription?
  /// Where pictures are put.
  let folder: String
  let conversation: Conversation

  func examine() -> SubjectReport {
    var report = SubjectReport(.camera)
    let nodes: [CameraNode]
    do throws(DeviceError) {
      nodes = try CameraNodes.list()
    } catch {
      report.wrong("Cameras cannot be listed: the camera " + error.sentence + ".", mend: "ls -l /dev/video*")
      return report
    }
    for node in nodes where node.captures || node.failure != nil { list(node, &report) }
    if let wanted {
      hold(wanted, nodes, &report)
    } else if let first = nodes.first(where: { $0.captures }) {
      take(first.path, &report)
    }
    return report
  }

  private func list(_ node: CameraNode, _ report: inout SubjectReport) {
    if let failure = node.failure {
      report.add(
        .object([Datum.Entry("path", .text(node.path)), Datum.Entry("error", .text(failure.sentence))]),
        [node.path + ": " + failure.sentence])
      return
    }
    var formats: [Datum] = []
    var lines = [node.path + ": " + node.card + " (" + node.driver + ", " + node.bus + ")"]
    if !node.byID.utf8.isEmpty || !node.byPath.utf8.isEmpty {
      lines.append("  always found as " + (node.byPath.utf8.isEmpty ? node.byID : node.byPath))
    }
    if let abilities = try? CameraAbilities(path: node.path) {
      for format in abilities.formats {
        formats.append(Self.datum(format))
        lines.append("  " + Self.line(format))
      }
      do throws(DeviceError) {
        _ = try abilities.choice()
      } catch {
        report.note(node.path + " has no format that can be used: " + error.sentence + ".")
      }
    }
    report.add(
      .object([
        Datum.Entry("path", .text(node.path)), Datum.Entry("by_path", .text(node.byPath)), Datum.Entry("by_id", .text(node.byID)),
        Datum.Entry("card", .text(node.card)), Datum.Entry("driver", .text(node.driver)), Datum.Entry("bus", .text(node.bus)),
        Datum.Entry("formats", .list(formats)),
      ]), lines)
  }

  private static func datum(_ format: CameraAbilities.Format) -> Datum {
    var sizes: [Datum] = []
    for size in format.sizes {
      sizes.append(
        .object([
          Datum.Entry("least_width", .number(Int64(size.width.lowerBound))),
          Datum.Entry("most_width", .number(Int64(size.width.upperBound))),
          Datum.Entry("width_step", .number(Int64(size.widthStep))),
          Datum.Entry("least_height", .number(Int64(size.height.lowerBound))),
          Datum.Entry("most_height", .number(Int64(size.height.upperBound))),
          Datum.Entry("height_step", .number(Int64(size.heightStep))),
        ]))
    }
    return .object([
      Datum.Entry("code", .text(format.offer.code.text)), Datum.Entry("emulated", .flag(format.offer.isEmulated)),
      Datum.Entry("sizes", .list(sizes)),
    ])
  }

  private static func line(_ format: CameraAbilities.Format) -> String {
    let largest = format.largest
    return format.offer.code.text + ": "
      + (format.sizes.count == 1 ? "one size or range" : format.sizes.count.description + " sizes")
      + ", at most " + largest.width.description + "x" + largest.height.description
  }

  // MARK: Trying

  private func hold(_ wanted: String, _ nodes: [CameraNode], _ report: inout SubjectReport) {
    do throws(DeviceError) {
      let path = try CameraNodes.path(of: wanted, among: nodes.filter { $0.failure == nil })
      take(path, &report)
    } catch {
      // A path is not looked up among the names.
      if wanted.utf8.first == UInt8(ascii: "/"), machine.exists(wanted) { return take(wanted, &report) }
      report.wrong(
        "The board file's camera " + wanted + " is not there.", mend: "v4l2-ctl --list-devices; ls -l /dev/v4l/by-path")
    }
  }

  private static let patience = Duration.seconds(10)

  private func take(_ path: String, _ report: inout SubjectReport) {
    guard conversation.mayTry("Take a test picture with " + path + "?") else {
      return report.note("No test picture was taken: --yes takes one.")
    }
    let recording = RecordingLight(light)
    defer { recording.end() }
    do throws(DeviceError) {
      let loop = try DeviceLoop { _ in }
      let source = loop.makeSource()
      let camera = V4L2Camera(host: loop.host, source: source, name: path, settings: CameraSettings())
      loop.connect(source, ready: { camera.descriptorReady($0) }, due: { camera.timerDue() })
      let begun = loop.now()
      try camera.takeStill()
      var failure: DeviceError?
      func note(_ event: BoardEvent) {
        switch event {
        case .stillFailed(let error), .deviceFailed(let error): failure = error
        default: break
        }
      }
      _ = loop.wait(until: begun + Self.patience, for: { camera.still != nil || failure != nil }, note: note)
      let time = loop.now() - begun
      defer { camera.turnOff() }
      if let failure { throw failure }
      guard let info = camera.still else { throw DeviceError(.camera, "take still", .timedOut) }
      let file = folder + "/doctor-camera.png"
      let result = camera.withStill { write($0, file) }
      let size = info.width.description + "x" + info.height.description
      let took = time.milliseconds.description + " ms"
      report.add(
        .object([
          Datum.Entry("tried", .text(path)), Datum.Entry("width", .number(Int64(info.width))),
          Datum.Entry("height", .number(Int64(info.height))), Datum.Entry("milliseconds", .number(time.milliseconds)),
          Datum.Entry("picture", result.written ? .text(file) : .nothing),
        ]), [])
      judge(result, size, took, path, file, &report)
    } catch {
      report.wrong(path + " gave no picture: the camera " + error.sentence + ".", mend: mend(error, path))
    }
  }

  /// How a picture was kept, and how bright it is (0…255).
  private struct Kept {
    var written: Bool
    var decoded: Bool
    var darkest: UInt32 = 255
    var brightest: UInt32 = 0
  }

  private func write(_ jpeg: Span<UInt8>, _ file: String) -> Kept {
    var pixels: UnsafeMutablePointer<UInt32>?
    var width: UInt32 = 0
    var height: UInt32 = 0
    let decoded = jpeg.withUnsafeBufferPointer { sotto_jpeg_to_pixels($0.baseAddress, $0.count, &pixels, &width, &height) }
    guard decoded == 0, let pixels else { return Kept(written: false, decoded: false) }
    defer { sotto_picture_free(pixels) }
    var kept = Kept(written: sotto_png_write(file, pixels, width, height) == 0, decoded: true)
    for index in 0..<Int(width * height) {
      // Green stands for brightness well enough to tell a covered lens.
      let green = pixels[index] >> 8 & 0xff
      kept.darkest = min(kept.darkest, green)
      kept.brightest = max(kept.brightest, green)
    }
    return kept
  }

  /// A picture whose brightest and darkest points are closer than that shows nothing: a covered lens, or a sensor that does not answer.
  private static let leastContrast: UInt32 = 8

  private func judge(_ kept: Kept, _ size: String, _ took: String, _ path: String, _ file: String, _ report: inout SubjectReport)
  {
    if !kept.decoded {
      return report.wrong(
        path + " gave a picture that does not decode.", mend: "v4l2-ctl -d " + path + " --stream-mmap --stream-count 5")
    }
    report.fine(path + " gave a picture of " + size + " in " + took + (kept.written ? ": " + file + "." : "."))
    if !kept.written { report.note("The picture could not be written to " + file + ": choose another folder with --out DIR.") }
    if kept.brightest - min(kept.darkest, kept.brightest) < Self.leastContrast {
      report.note("The picture is of one colour only: is the lens covered?")
    }
  }

  private func mend(_ error: DeviceError, _ path: String) -> String {
    switch error.cause {
    case .busy: "stop the program that has the camera: sudo fuser -v " + path
    case .forbidden: "see permissions above"
    case .unsupported: "v4l2-ctl -d " + path + " --list-formats-ext"
    case .absent, .removed, .malformed, .timedOut, .full, .io, .refused: "sudo dmesg | tail -20"
    }
  }
}
