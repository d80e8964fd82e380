#pragma once

// Sensors of the kernel's Industrial I/O (Documentation/driver-api/iio). No policy.
// Functions give 0 or more, or the negated error number: -EAGAIN nothing waits, -ENODEV the device went away.

#include <stdbool.h>
#include <stdint.h>

// The kernel's numbers of types and directions of events (linux/iio/types.h).
enum sotto_iio_type {
  SOTTO_IIO_THRESHOLD = 0,
  SOTTO_IIO_MAGNITUDE = 1,
  SOTTO_IIO_RATE = 2,
  SOTTO_IIO_THRESHOLD_ADAPTIVE = 3,
  SOTTO_IIO_MAGNITUDE_ADAPTIVE = 4,
  SOTTO_IIO_CHANGE = 5,
  SOTTO_IIO_MAGNITUDE_REFERENCED = 6,
  SOTTO_IIO_GESTURE = 7,
};

enum sotto_iio_direction {
  SOTTO_IIO_EITHER = 0,
  SOTTO_IIO_RISING = 1,
  SOTTO_IIO_FALLING = 2,
  SOTTO_IIO_NO_DIRECTION = 3,
  SOTTO_IIO_SINGLE_TAP = 4,
  SOTTO_IIO_DOUBLE_TAP = 5,
};

struct sotto_iio_event {
  int64_t stamp;  // nanoseconds of the device's clock, 0 when it has none
  uint8_t type;
  uint8_t direction;
};

// The events of the device with this node (/dev/iio:device0): a descriptor that is readable when one waits. -EBUSY when another program has them.
int sotto_iio_events(const char *node);
// The oldest event that waits.
int sotto_iio_take(int events, struct sotto_iio_event *event);
// A text of the device that holds a number: opened once, read as often as wanted.
int sotto_iio_attribute(const char *path);
int sotto_iio_number(int attribute, int64_t *number);
void sotto_iio_close(int descriptor);
