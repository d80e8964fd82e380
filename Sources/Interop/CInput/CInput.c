#include "CInput.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/input.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

// Event devices that are looked at for a name.
enum { MOST_DEVICES = 64 };

static int call(int fd, unsigned long request, void *argument) {
  int result;
  do {
    result = ioctl(fd, request, argument);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

static int open_again(const char *path) {
  int fd;
  do {
    fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

static int open_named(const char *name) {
  int refusal = -ENOENT;
  for (int number = 0; number < MOST_DEVICES; number++) {
    char path[32], found[256] = "";
    snprintf(path, sizeof path, "/dev/input/event%d", number);
    int fd = open_again(path);
    // One that may not be opened could be the one.
    if (fd == -EACCES || fd == -EPERM) refusal = fd;
    if (fd < 0) continue;
    if (call(fd, EVIOCGNAME(sizeof found - 1), found) >= 0 && strcmp(found, name) == 0) return fd;
    close(fd);
  }
  return refusal;
}

static bool holds(const unsigned char *bits, uint16_t code) { return bits[code / 8] >> code % 8 & 1; }

int sotto_key_open(const char *device, uint16_t code) {
  if (code > KEY_MAX) return -ENXIO;
  int fd = device[0] == '/' ? open_again(device) : open_named(device);
  if (fd < 0) return fd;
  unsigned char keys[KEY_MAX / 8 + 1] = {0};
  int result = call(fd, EVIOCGBIT(EV_KEY, sizeof keys), keys);
  if (result >= 0 && !holds(keys, code)) result = -ENXIO;
  int clock = CLOCK_BOOTTIME;
  if (result >= 0) result = call(fd, EVIOCSCLOCKID, &clock);
  if (result < 0) {
    close(fd);
    return result;
  }
  return fd;
}

int sotto_key_level(int key, uint16_t code) {
  unsigned char down[KEY_MAX / 8 + 1] = {0};
  int result = call(key, EVIOCGKEY(sizeof down), down);
  return result < 0 ? result : holds(down, code);
}

int sotto_key_take(int key, uint16_t code, struct sotto_key_event *event) {
  for (;;) {
    struct input_event read_event;
    ssize_t count = read(key, &read_event, sizeof read_event);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    if (count != sizeof read_event) return -EIO;
    if (read_event.type == EV_SYN && read_event.code == SYN_DROPPED) return 1;
    // 2 is a repetition of the kernel's.
    if (read_event.type != EV_KEY || read_event.code != code || read_event.value > 1) continue;
    event->nanoseconds = (int64_t)read_event.input_event_sec * 1000000000 + (int64_t)read_event.input_event_usec * 1000;
    event->pressed = read_event.value == 1;
    return 0;
  }
}

void sotto_key_close(int key) {
  if (key >= 0) close(key);
}
