#include "Internal.h"

#if SOTTO_GPIOD_GENERATION == 2

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct sotto_gpio {
  struct gpiod_line_request *request;
  struct gpiod_edge_event_buffer *events;  // NULL without edges
  unsigned int offset;
};

static bool is_wanted(struct gpiod_chip *chip, const char *path, const char *name) {
  if (strcmp(path, name) == 0) return true;
  struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
  if (!info) return false;
  bool wanted = strcmp(gpiod_chip_info_get_label(info), name) == 0 || strcmp(gpiod_chip_info_get_name(info), name) == 0;
  gpiod_chip_info_free(info);
  return wanted;
}

static void describe(struct gpiod_line_settings *settings, uint32_t flags, uint32_t debounce) {
  gpiod_line_settings_set_active_low(settings, flags & SOTTO_GPIO_ACTIVE_LOW);
  if (flags & SOTTO_GPIO_OUTPUT) {
    gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
    gpiod_line_settings_set_output_value(
        settings, flags & SOTTO_GPIO_INITIALLY_ACTIVE ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE);
    return;
  }
  gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
  if (flags & SOTTO_GPIO_BIAS_NONE) gpiod_line_settings_set_bias(settings, GPIOD_LINE_BIAS_DISABLED);
  if (flags & SOTTO_GPIO_BIAS_UP) gpiod_line_settings_set_bias(settings, GPIOD_LINE_BIAS_PULL_UP);
  if (flags & SOTTO_GPIO_BIAS_DOWN) gpiod_line_settings_set_bias(settings, GPIOD_LINE_BIAS_PULL_DOWN);
  if (flags & SOTTO_GPIO_EDGES) {
    gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
    gpiod_line_settings_set_event_clock(settings, GPIOD_LINE_CLOCK_MONOTONIC);
    gpiod_line_settings_set_debounce_period_us(settings, debounce);
  }
}

static struct gpiod_line_request *request(struct gpiod_chip *chip, unsigned int offset, uint32_t flags, uint32_t debounce, uint32_t buffer) {
  struct gpiod_line_settings *settings = gpiod_line_settings_new();
  struct gpiod_line_config *lines = gpiod_line_config_new();
  struct gpiod_request_config *config = gpiod_request_config_new();
  struct gpiod_line_request *made = NULL;
  int error = ENOMEM;
  if (settings && lines && config) {
    describe(settings, flags, debounce);
    gpiod_request_config_set_consumer(config, "sottod");
    gpiod_request_config_set_event_buffer_size(config, buffer);
    if (gpiod_line_config_add_line_settings(lines, &offset, 1, settings) == 0) made = gpiod_chip_request_lines(chip, config, lines);
    error = errno;
  }
  if (config) gpiod_request_config_free(config);
  if (lines) gpiod_line_config_free(lines);
  if (settings) gpiod_line_settings_free(settings);
  errno = error;
  return made;
}

// The offset of the line, or the negated error number.
static int find(struct gpiod_chip *chip, const char *name) {
  int found = gpiod_chip_get_line_offset_from_name(chip, name);
  if (found >= 0) return found;
  unsigned int offset;
  return sotto_gpio_offset(name, &offset) ? (int)offset : -ENXIO;
}

int sotto_gpio_try(const char *path, const char *chip_name, const char *line_name, uint32_t flags, uint32_t debounce, uint32_t buffer,
                   struct sotto_gpio **opened) {
  struct gpiod_chip *chip = gpiod_chip_open(path);
  if (!chip) return -errno;
  int found = is_wanted(chip, path, chip_name) ? find(chip, line_name) : -ENOENT;
  struct sotto_gpio *made = found >= 0 ? calloc(1, sizeof *made) : NULL;
  int result = found < 0 ? found : made ? 0 : -ENOMEM;
  if (result == 0) {
    made->offset = (unsigned int)found;
    made->request = request(chip, made->offset, flags, debounce, buffer);
    if (!made->request) result = errno == EINVAL ? -ENXIO : -errno;  // the kernel's word for an offset past the chip's end
  }
  gpiod_chip_close(chip);  // the request lives on without it
  if (result == 0 && flags & SOTTO_GPIO_EDGES) {
    made->events = gpiod_edge_event_buffer_new(SOTTO_GPIO_MOST_EDGES);
    result = made->events ? sotto_gpio_unblock(gpiod_line_request_get_fd(made->request)) : -ENOMEM;
  }
  if (result < 0) {
    sotto_gpio_close(made);
    return result;
  }
  *opened = made;
  return 0;
}

void sotto_gpio_close(struct sotto_gpio *line) {
  if (!line) return;
  if (line->events) gpiod_edge_event_buffer_free(line->events);
  if (line->request) gpiod_line_request_release(line->request);
  free(line);
}

int sotto_gpio_descriptor(const struct sotto_gpio *line) { return line->events ? gpiod_line_request_get_fd(line->request) : -1; }

int sotto_gpio_level(struct sotto_gpio *line) {
  enum gpiod_line_value value = gpiod_line_request_get_value(line->request, line->offset);
  return value == GPIOD_LINE_VALUE_ERROR ? -errno : value == GPIOD_LINE_VALUE_ACTIVE;
}

int sotto_gpio_set(struct sotto_gpio *line, bool active) {
  enum gpiod_line_value value = active ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
  return gpiod_line_request_set_value(line->request, line->offset, value) < 0 ? -errno : 0;
}

int sotto_gpio_take_edges(struct sotto_gpio *line, struct sotto_gpio_edge *edges, int capacity) {
  if (capacity > SOTTO_GPIO_MOST_EDGES) capacity = SOTTO_GPIO_MOST_EDGES;
  int count = gpiod_line_request_read_edge_events(line->request, line->events, (size_t)capacity);
  if (count < 0) return errno == EAGAIN ? 0 : -errno;
  int64_t offset = sotto_gpio_clock_offset();
  for (int index = 0; index < count; index++) {
    struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(line->events, (unsigned long)index);
    edges[index].nanoseconds = (int64_t)gpiod_edge_event_get_timestamp_ns(event) + offset;
    edges[index].active = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
  }
  return count;
}

#endif
