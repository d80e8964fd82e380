#include "CIIO.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/iio/events.h>
#include <linux/iio/types.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define same(ours, kernels) ((int)(ours) == (int)(kernels))
_Static_assert(
    same(SOTTO_IIO_THRESHOLD, IIO_EV_TYPE_THRESH) && same(SOTTO_IIO_MAGNITUDE, IIO_EV_TYPE_MAG) && same(SOTTO_IIO_RATE, IIO_EV_TYPE_ROC) &&
        same(SOTTO_IIO_THRESHOLD_ADAPTIVE, IIO_EV_TYPE_THRESH_ADAPTIVE) && same(SOTTO_IIO_MAGNITUDE_ADAPTIVE, IIO_EV_TYPE_MAG_ADAPTIVE) &&
        same(SOTTO_IIO_CHANGE, IIO_EV_TYPE_CHANGE) && same(SOTTO_IIO_MAGNITUDE_REFERENCED, IIO_EV_TYPE_MAG_REFERENCED) &&
        same(SOTTO_IIO_GESTURE, IIO_EV_TYPE_GESTURE),
    "the types of CIIO.h are those of the kernel");
_Static_assert(
    same(SOTTO_IIO_EITHER, IIO_EV_DIR_EITHER) && same(SOTTO_IIO_RISING, IIO_EV_DIR_RISING) && same(SOTTO_IIO_FALLING, IIO_EV_DIR_FALLING) &&
        same(SOTTO_IIO_NO_DIRECTION, IIO_EV_DIR_NONE) && same(SOTTO_IIO_SINGLE_TAP, IIO_EV_DIR_SINGLETAP) &&
        same(SOTTO_IIO_DOUBLE_TAP, IIO_EV_DIR_DOUBLETAP),
    "the directions of CIIO.h are those of the kernel");

static int open_again(const char *path, int flags) {
  int fd;
  do {
    fd = open(path, flags | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  return fd < 0 ? -errno : fd;
}

int sotto_iio_events(const char *node) {
  int device = open_again(node, O_RDONLY | O_NONBLOCK);
  if (device < 0) return device;
  int events = -1;
  int result;
  do {
    result = ioctl(device, IIO_GET_EVENT_FD_IOCTL, &events);
  } while (result < 0 && errno == EINTR);
  int error = errno;
  // The descriptor of the events holds the device by itself.
  close(device);
  if (result < 0) return -error;
  int flags = fcntl(events, F_GETFL);
  if (flags < 0 || fcntl(events, F_SETFL, flags | O_NONBLOCK) < 0) {
    error = errno;
    close(events);
    return -error;
  }
  return events;
}

int sotto_iio_take(int events, struct sotto_iio_event *event) {
  struct iio_event_data data;
  ssize_t count;
  do {
    count = read(events, &data, sizeof data);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  if (count != sizeof data) return -EIO;
  event->stamp = data.timestamp;
  event->type = IIO_EVENT_CODE_EXTRACT_TYPE(data.id);
  event->direction = IIO_EVENT_CODE_EXTRACT_DIR(data.id);
  return 0;
}

int sotto_iio_attribute(const char *path) { return open_again(path, O_RDONLY); }

int sotto_iio_number(int attribute, int64_t *number) {
  char text[32];
  ssize_t count;
  do {
    count = pread(attribute, text, sizeof text - 1, 0);
  } while (count < 0 && errno == EINTR);
  if (count < 0) return -errno;
  text[count] = 0;
  char *end;
  errno = 0;
  long long value = strtoll(text, &end, 10);
  if (end == text || errno != 0) return -EIO;
  *number = value;
  return 0;
}

void sotto_iio_close(int descriptor) {
  if (descriptor >= 0) close(descriptor);
}
