#include "CGPIO.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/gpio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static int ask(const char *path, unsigned long request, void *answer) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  int result = ioctl(fd, request, answer) < 0 ? -errno : 0;
  close(fd);
  return result;
}

// The kernel ends each of its texts with a zero.
static void copy(char *to, const char *from) { memcpy(to, from, 32), to[31] = 0; }

int sotto_gpio_chip_at(const char *path, struct sotto_gpio_chip *chip) {
  struct gpiochip_info information = {0};
  int result = ask(path, GPIO_GET_CHIPINFO_IOCTL, &information);
  if (result < 0) return result;
  copy(chip->name, information.name);
  copy(chip->label, information.label);
  chip->lines = information.lines;
  return 0;
}

int sotto_gpio_facts_at(const char *path, uint32_t offset, struct sotto_gpio_facts *facts) {
  struct gpio_v2_line_info information = {.offset = offset};
  int result = ask(path, GPIO_V2_GET_LINEINFO_IOCTL, &information);
  if (result < 0) return result;
  copy(facts->name, information.name);
  copy(facts->consumer, information.consumer);
  facts->used = (information.flags & GPIO_V2_LINE_FLAG_USED) != 0;
  facts->output = (information.flags & GPIO_V2_LINE_FLAG_OUTPUT) != 0;
  facts->active_low = (information.flags & GPIO_V2_LINE_FLAG_ACTIVE_LOW) != 0;
  return 0;
}
