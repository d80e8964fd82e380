#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "Internal.h"

int sotto_gpio_generation(void) { return SOTTO_GPIOD_GENERATION; }

static int64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

int64_t sotto_gpio_clock_offset(void) { return nanoseconds(CLOCK_BOOTTIME) - nanoseconds(CLOCK_MONOTONIC); }

int sotto_gpio_unblock(int descriptor) {
  int flags = fcntl(descriptor, F_GETFL);
  return flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}

bool sotto_gpio_offset(const char *name, unsigned int *offset) {
  if (!isdigit((unsigned char)name[0])) return false;
  char *end;
  errno = 0;
  unsigned long value = strtoul(name, &end, 10);
  if (*end || errno || value > 65535) return false;
  *offset = (unsigned int)value;
  return true;
}

static int is_chip(const struct dirent *entry) { return strncmp(entry->d_name, "gpiochip", 8) == 0; }

int sotto_gpio_open(const char *chip, const char *line, uint32_t flags, uint32_t debounce, uint32_t buffer, struct sotto_gpio **opened) {
  if (chip[0] == '/') return sotto_gpio_try(chip, chip, line, flags, debounce, buffer, opened);
  struct dirent **entries = NULL;
  int count = scandir("/dev", &entries, is_chip, versionsort);
  if (count < 0) return -errno;
  int result = -ENOENT;
  for (int index = 0; index < count; index++) {
    char path[5 + sizeof entries[index]->d_name];
    snprintf(path, sizeof path, "/dev/%s", entries[index]->d_name);
    // A chip that cannot be looked at may be the wanted one: its error is told if no other is.
    if (result == -ENOENT || result == -EACCES || result == -EPERM) {
      int tried = sotto_gpio_try(path, chip, line, flags, debounce, buffer, opened);
      if (tried != -ENOENT) result = tried;
    }
    free(entries[index]);
  }
  free(entries);
  return result;
}
