/// Who may use the device files: groups by the file's own group, which udev sets.
struct PermissionCheck {
  /// A family of device files.
  struct Family {
    var folder: StaticString
    var prefix: StaticString
    /// The group that distributions give them.
    var group: StaticString
    /// udev's subsystem.
    var subsystem: StaticString
    var what: StaticString
  }

  static let families: [Family] = [
    Family(folder: "/dev", prefix: "video", group: "video", subsystem: "video4linux", what: "cameras"),
    Family(folder: "/dev/snd", prefix: "", group: "audio", subsystem: "sound", what: "microphones and speakers"),
    Family(folder: "/dev", prefix: "gpiochip", group: "gpio", subsystem: "gpio", what: "GPIO lines"),
    Family(folder: "/dev/dri", prefix: "card", group: "video", subsystem: "drm", what: "displays"),
    Family(folder: "/dev/dri", prefix: "renderD", group: "render", subsystem: "drm", what: "graphics without a display"),
    Family(folder: "/dev", prefix: "iio:device", group: "iio", subsystem: "iio", what: "motion sensors"),
  ]

  /// `mayUse` says whether this program may read and write a file; nil when it is not there.
  static func examine(_ machine: Machine, person: Person, mayUse: (String) -> Bool?) -> SubjectReport {
    var report = SubjectReport(.permissions)
    var groups: [Datum] = []
    for group in person.groups { groups.append(.text(group)) }
    report.add(
      .object([
        Datum.Entry("user", .text(person.name)), Datum.Entry("root", .flag(person.isRoot)),
        Datum.Entry("groups", .list(groups)),
      ]), ["user " + person.name + (person.groups.isEmpty ? "" : ", groups " + joined(person.groups))])
    if person.isRoot {
      report.note("The doctor runs as root, who may use everything: run it as the user that the firmware gets.")
    }
    for family in families { examine(family, machine, person, mayUse, &report) }
    return report
  }

  private static func examine(
    _ family: Family, _ machine: Machine, _ person: Person, _ mayUse: (String) -> Bool?, _ report: inout SubjectReport
  ) {
    let folder = family.folder.text
    var refused: [String] = []
    var used = 0
    for name in machine.names(in: folder, prefix: family.prefix.text) {
      let path = folder + "/" + name
      // Folders such as /dev/snd/by-path are not devices.
      if machine.isFolder(path) { continue }
      guard let may = mayUse(path) else { continue }
      if may { used += 1 } else { refused.append(path) }
    }
    guard used + refused.count > 0 else { return }
    report.add(
      .object([
        Datum.Entry("what", .text(family.what.text)), Datum.Entry("usable", .number(Int64(used))),
        Datum.Entry("refused", .list(refused.map { .text($0) })),
      ]), [family.what.text + ": " + used.description + " of " + (used + refused.count).description + " may be used"])
    guard let first = refused.first else { return }
    let sentence = person.name + " may not use " + joined(refused) + "."
    report.wrong(sentence, mend: mend(family, group: machine.group(of: first), mode: machine.mode(of: first), person))
  }

  /// Joining the file's group, where that has the right; else a udev rule first.
  static func mend(_ family: Family, group: String, mode: Int, _ person: Person) -> String {
    let join =
      "sudo usermod -aG " + (hasRight(group, mode) ? group : family.group.text) + " " + person.name + " (then log in again)"
    if hasRight(group, mode), !person.isIn(group) { return join }
    let rule =
      "SUBSYSTEM==\"" + family.subsystem.text + "\", GROUP=\"" + family.group.text + "\", MODE=\"0660\""
    return "sudo groupadd -f " + family.group.text + " && echo '" + rule + "' | sudo tee /etc/udev/rules.d/60-sotto-"
      + family.subsystem.text + ".rules && sudo udevadm control --reload && sudo udevadm trigger && " + join
  }

  /// Reading and writing for the group, and a group that one can be put into.
  private static func hasRight(_ group: String, _ mode: Int) -> Bool {
    mode & 0o060 == 0o060 && !group.utf8.isEmpty && !"root".utf8.elementsEqual(group.utf8)
  }
}

func joined(_ words: [String]) -> String {
  var text = ""
  for index in words.indices { text += (index == 0 ? "" : ", ") + words[index] }
  return text
}
