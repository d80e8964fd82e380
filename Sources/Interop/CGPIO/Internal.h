#pragma once

#include <gpiod.h>
#include <stdint.h>

#include "CGPIO.h"

// libgpiod 2 has no macro for its version; this one is of libgpiod 1 alone.
#ifdef GPIOD_LINE_BULK_MAX_LINES
#define SOTTO_GPIOD_GENERATION 1
#else
#define SOTTO_GPIOD_GENERATION 2
#endif

enum { SOTTO_GPIO_MOST_EDGES = 16 };

// What is added to a time of CLOCK_MONOTONIC, which the kernel stamps edges with, to make it one of CLOCK_BOOTTIME. They differ by
// the time spent suspended: an edge that waited through a suspend is dated to its end.
int64_t sotto_gpio_clock_offset(void);

// Makes reads of the descriptor return at once. 0 or the negated error number.
int sotto_gpio_unblock(int descriptor);

// Whether `name` is a decimal number, and which.
bool sotto_gpio_offset(const char *name, unsigned int *offset);

// For each generation: opens the line of the chip at `path` if the chip is the wanted one; -ENOENT if it is another.
int sotto_gpio_try(const char *path, const char *chip, const char *line, uint32_t flags, uint32_t debounce, uint32_t buffer,
                   struct sotto_gpio **opened);
