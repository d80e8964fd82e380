"""The firmware in a guest, as `glasses.Glasses` is the one beside this process: stimuli go in, the trace comes back."""

import time

from glasses import GlassesError, mark, parse_line, state_begins
from guest import Guest

READY_SECONDS = 60
TURN_SECONDS = 120  # a processor that is emulated on a busy machine
PRESS_SECONDS = 8
HALF_A_SECOND = 0.5
PRESS_MS = 80
# A press that the busy machine drew out to this is taken for a long one, which switches microphone and camera off (`long_press` in
# the board file is 1 s).
DRAWN_OUT_MS = 800
LONG_PRESS_MS = 1500
PRESSES = 5


class GuestGlasses:
    """`sottod` in the guest, which the agent starts with the share's board file."""

    def __init__(self, guest: Guest, address):
        self.guest = guest
        self.address = address
        self.events = []
        self.words = []
        self.ended = None
        self._pressed = None
        guest.listener = self._take

    def _take(self, line):
        verb, _, rest = line.partition(" ")
        if verb == "trace":
            event = parse_line(rest.encode())
            if event is not None:
                self.events.append(event)
        elif verb == "words":
            self.words.append(rest)
        elif verb == "ended":
            self.ended = rest
        elif verb == "pressed":
            self._pressed = int(rest)

    def start(self):
        """Starts it and waits for its first state."""
        self.ended = None
        place = len(self.events)
        self.guest.send(f"start {self.address} 1")
        self.wait("first state", lambda event: event.get("cat") == "state", READY_SECONDS, place)

    def stop(self):
        self.guest.send("stop")
        ends = time.monotonic() + 20
        while self.ended is None and time.monotonic() < ends:
            self.pump(HALF_A_SECOND)

    def stimulus(self, line):
        self.guest.send(line)

    def pump(self, seconds):
        """Takes what comes within that time."""
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            line = self.guest.line(left)
            if line is not None:
                self._take(line)

    def wait(self, what, matches, seconds, since=0):
        """The first event from index `since` on that `matches`, and the index after it."""
        ends = time.monotonic() + seconds
        place = since
        while True:
            for place in range(place, len(self.events)):
                if matches(self.events[place]):
                    return self.events[place], place + 1
            place = len(self.events)
            if self.ended is not None:
                raise GlassesError(f"the firmware {self.ended} before {what}: {' / '.join(self.words[-3:])}")
            left = ends - time.monotonic()
            if left <= 0:
                raise GlassesError(f"no {what} within {seconds:.0f} s")
            line = self.guest.line(min(left, HALF_A_SECOND))
            if line is not None:
                self._take(line)

    def usage(self):
        """Open files, resident kilobytes and threads of the firmware."""
        text = self.guest.text(
            'p=$(</run/sottod.process); ls "/proc/$p/fd" | wc -l; grep -E "^(VmRSS|Threads):" "/proc/$p/status" | tr -dc "0-9\\n"')
        files, kilobytes, threads = (int(word) for word in text.split())
        return {"files": files, "kilobytes": kilobytes, "threads": threads}

    def held(self):
        """What is leased now, by part, as the trace tells; a parked link may stay."""
        count = {}
        for event in self.events:
            step = {"lease_taken": 1, "lease_released": -1}.get(event["name"])
            if step is not None:
                key = (event["args"]["part"], event["args"]["holder"])
                count[key] = count.get(key, 0) + step
        return {f"{part} by {holder}" for (part, holder), number in count.items() if number > 0 and holder != "parked link"}

    def ask(self, meanwhile=lambda: None):
        """One spoken question, to the end of its turn. `meanwhile` runs once the glasses listen. Returns the turn's events."""
        for _ in range(PRESSES):
            begin = len(self.events)
            if self._press(PRESS_MS) < DRAWN_OUT_MS:
                break
            self._leave_privacy(begin)
        self.wait("answer to the press", lambda event: event["name"] in ("wake", "turn"), PRESS_SECONDS, begin)
        self.stimulus("say question.wav")
        meanwhile()
        _, end = self.wait("end of the turn", lambda event: event["name"] == "turn" and event["ph"] == "E", TURN_SECONDS, begin)
        self.wait("rest", lambda event: event.get("cat") == "state" and event["ph"] == "B" and event["name"] in ("dormant", "armed"),
                  TURN_SECONDS, end - 1)
        return self.events[begin:]

    def _press(self, milliseconds):
        """Presses the button; returns how long it was down in the end."""
        self._pressed = None
        self.stimulus(f"press {milliseconds}")
        ends = time.monotonic() + PRESS_SECONDS
        while self._pressed is None:
            if time.monotonic() > ends:
                raise GlassesError(f"the button was not let go within {PRESS_SECONDS} s")
            self.pump(HALF_A_SECOND / 10)
        return self._pressed

    def _leave_privacy(self, begin):
        """Ends what a press that became a long one began."""
        self.pump(HALF_A_SECOND)
        if any(event["name"] == "privacy_on" for event in self.events[begin:]):
            self._press(LONG_PRESS_MS)
            self.wait("end of the privacy hold", lambda event: event["name"] == "privacy_off", PRESS_SECONDS, begin)


__all__ = ["GuestGlasses", "mark", "state_begins"]
