#pragma once

// One GPIO line at a time through libgpiod, whichever generation its header is of: 1.6 (Debian 12) or 2 (Debian 13). No policy.
// Functions that return `int` give 0 or more, or the negated error number: -ENOENT no such chip, -ENXIO the chip has no such line,
// -EBUSY another program holds it, -ENODEV the chip went away.

#include <stdbool.h>
#include <stdint.h>

static const uint32_t SOTTO_GPIO_OUTPUT = 0x01;
static const uint32_t SOTTO_GPIO_ACTIVE_LOW = 0x02;
static const uint32_t SOTTO_GPIO_EDGES = 0x04;  // an input whose changes are reported through its descriptor
static const uint32_t SOTTO_GPIO_INITIALLY_ACTIVE = 0x08;  // an output
static const uint32_t SOTTO_GPIO_BIAS_NONE = 0x10;  // without one of these three the line keeps the bias it has
static const uint32_t SOTTO_GPIO_BIAS_UP = 0x20;
static const uint32_t SOTTO_GPIO_BIAS_DOWN = 0x40;

struct sotto_gpio;

struct sotto_gpio_edge {
  int64_t nanoseconds;  // CLOCK_BOOTTIME
  bool active;
};

// 1 or 2: the generation of libgpiod that this was compiled for. Only the second offers the kernel's debounce and the size of its
// buffer; the first takes 16 edges at most between two reads.
int sotto_gpio_generation(void);

// Requests the line named `line` of the chip with the label, name or path `chip`. A name of digits that no line bears is an offset.
// `debounce` in microseconds and `buffer` in edges; 0 leaves the kernel's own, as generation 1 always does.
int sotto_gpio_open(const char *chip, const char *line, uint32_t flags, uint32_t debounce, uint32_t buffer, struct sotto_gpio **opened);
// Gives the line back. NULL is allowed.
void sotto_gpio_close(struct sotto_gpio *line);
// Readable when an edge waits; never blocks a read. -1 without SOTTO_GPIO_EDGES.
int sotto_gpio_descriptor(const struct sotto_gpio *line);
// The logical level, of an output too: 1 active.
int sotto_gpio_level(struct sotto_gpio *line);
int sotto_gpio_set(struct sotto_gpio *line, bool active);
// Edges that wait, oldest first, and how many; 0 when there is none.
int sotto_gpio_take_edges(struct sotto_gpio *line, struct sotto_gpio_edge *edges, int capacity);

// MARK: What there is

struct sotto_gpio_chip {
  char name[32];   // gpiochip0
  char label[32];  // pinctrl-bcm2835
  uint32_t lines;
};

struct sotto_gpio_facts {
  char name[32];      // "" when nobody named it
  char consumer[32];  // who holds it, "" when nobody does
  bool used;
  bool output;
  bool active_low;
};

// Looks without requesting anything, by the kernel's own calls (linux/gpio.h): both generations of the library stand on them.
int sotto_gpio_chip_at(const char *path, struct sotto_gpio_chip *chip);
int sotto_gpio_facts_at(const char *path, uint32_t offset, struct sotto_gpio_facts *facts);
