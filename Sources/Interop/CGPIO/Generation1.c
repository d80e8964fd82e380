#include "Internal.h"

#if SOTTO_GPIOD_GENERATION == 1

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sotto_gpio {
  struct gpiod_chip *chip;
  struct gpiod_line *line;
  int descriptor;
};

static bool is_wanted(struct gpiod_chip *chip, const char *path, const char *name) {
  return strcmp(path, name) == 0 || strcmp(gpiod_chip_label(chip), name) == 0 || strcmp(gpiod_chip_name(chip), name) == 0;
}

static int request(struct gpiod_line *line, uint32_t flags) {
  struct gpiod_line_request_config config = {.consumer = "sottod"};
  if (flags & SOTTO_GPIO_OUTPUT) config.request_type = GPIOD_LINE_REQUEST_DIRECTION_OUTPUT;
  else if (flags & SOTTO_GPIO_EDGES) config.request_type = GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES;
  else config.request_type = GPIOD_LINE_REQUEST_DIRECTION_INPUT;
  if (flags & SOTTO_GPIO_ACTIVE_LOW) config.flags |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
  if (flags & SOTTO_GPIO_BIAS_NONE) config.flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE;
  if (flags & SOTTO_GPIO_BIAS_UP) config.flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP;
  if (flags & SOTTO_GPIO_BIAS_DOWN) config.flags |= GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN;
  return gpiod_line_request(line, &config, flags & SOTTO_GPIO_INITIALLY_ACTIVE ? 1 : 0) < 0 ? -errno : 0;
}

int sotto_gpio_try(const char *path, const char *chip_name, const char *line_name, uint32_t flags, uint32_t debounce, uint32_t buffer,
                   struct sotto_gpio **opened) {
  (void)debounce, (void)buffer;
  struct gpiod_chip *chip = gpiod_chip_open(path);
  if (!chip) return -errno;
  int result = is_wanted(chip, path, chip_name) ? 0 : -ENOENT;
  struct gpiod_line *line = NULL;
  if (result == 0) {
    unsigned int offset;
    line = gpiod_chip_find_line(chip, line_name);
    if (!line && sotto_gpio_offset(line_name, &offset)) line = gpiod_chip_get_line(chip, offset);
    result = line ? request(line, flags) : -ENXIO;
  }
  int descriptor = -1;
  if (result == 0 && flags & SOTTO_GPIO_EDGES) {
    descriptor = gpiod_line_event_get_fd(line);
    result = sotto_gpio_unblock(descriptor);
  }
  struct sotto_gpio *made = result == 0 ? malloc(sizeof *made) : NULL;
  if (!made) {
    gpiod_chip_close(chip);  // gives the line back too
    return result < 0 ? result : -ENOMEM;
  }
  *made = (struct sotto_gpio){chip, line, descriptor};
  *opened = made;
  return 0;
}

void sotto_gpio_close(struct sotto_gpio *line) {
  if (!line) return;
  gpiod_chip_close(line->chip);
  free(line);
}

int sotto_gpio_descriptor(const struct sotto_gpio *line) { return line->descriptor; }

int sotto_gpio_level(struct sotto_gpio *line) {
  int value = gpiod_line_get_value(line->line);
  return value < 0 ? -errno : value;
}

int sotto_gpio_set(struct sotto_gpio *line, bool active) { return gpiod_line_set_value(line->line, active) < 0 ? -errno : 0; }

int sotto_gpio_take_edges(struct sotto_gpio *line, struct sotto_gpio_edge *edges, int capacity) {
  struct gpiod_line_event events[SOTTO_GPIO_MOST_EDGES];
  if (capacity > SOTTO_GPIO_MOST_EDGES) capacity = SOTTO_GPIO_MOST_EDGES;
  int count = gpiod_line_event_read_fd_multiple(line->descriptor, events, (unsigned int)capacity);
  if (count < 0) return errno == EAGAIN ? 0 : -errno;
  int64_t offset = sotto_gpio_clock_offset();
  for (int index = 0; index < count; index++) {
    edges[index].nanoseconds = (int64_t)events[index].ts.tv_sec * 1000000000 + events[index].ts.tv_nsec + offset;
    edges[index].active = events[index].event_type == GPIOD_LINE_EVENT_RISING_EDGE;
  }
  return count;
}

#endif
