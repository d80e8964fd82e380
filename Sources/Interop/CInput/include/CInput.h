#pragma once

// One key of an input device of the kernel (evdev). No policy.
// Functions give 0 or more, or the negated error number: -ENOENT no such device, -ENXIO it has no such key, -EAGAIN nothing waits, -ENODEV it went away.

#include <stdbool.h>
#include <stdint.h>

struct sotto_key_event {
  int64_t nanoseconds;  // CLOCK_BOOTTIME
  bool pressed;
};

// Opens the device with this path, or the first that calls itself `device`, for its key `code` (linux/input-event-codes.h).
int sotto_key_open(const char *device, uint16_t code);
// 1 while the key is down.
int sotto_key_level(int key, uint16_t code);
// The oldest change of the key that waits. 1 when the kernel had to drop some: ask for the level.
int sotto_key_take(int key, uint16_t code, struct sotto_key_event *event);
void sotto_key_close(int key);
