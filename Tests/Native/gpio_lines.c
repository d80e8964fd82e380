// Tries the GPIO shim with the libgpiod that it was compiled for. Without arguments: what it says of chips and lines that are not there.
// With CHIP INPUT: requests the line with edges, prints its level, then each edge until standard input ends.

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "CGPIO.h"

static int failures;

static void expect(const char *what, int got, int wanted) {
  if (got == wanted) return;
  fprintf(stderr, "%s: %d instead of %d\n", what, got, wanted);
  failures++;
}

static void without_hardware(void) {
  struct sotto_gpio *line = NULL;
  expect("a chip that is not there", sotto_gpio_open("no-such-chip", "button", SOTTO_GPIO_EDGES, 1000, 64, &line), -ENOENT);
  expect("a path that is not there", sotto_gpio_open("/dev/no-such-chip", "0", 0, 0, 0, &line), -ENOENT);
  expect("a file that is no device", sotto_gpio_open("/etc/passwd", "0", 0, 0, 0, &line) < 0, 1);
  expect("a device that is no chip", sotto_gpio_open("/dev/null", "0", SOTTO_GPIO_OUTPUT, 0, 0, &line) < 0, 1);
  expect("nothing was opened", line == NULL, 1);
  sotto_gpio_close(NULL);
}

static int watch(const char *chip, const char *name) {
  struct sotto_gpio *line;
  int result = sotto_gpio_open(chip, name, SOTTO_GPIO_EDGES, 0, 64, &line);
  if (result < 0) {
    fprintf(stderr, "%s of %s cannot be requested: error %d\n", name, chip, -result);
    return 1;
  }
  printf("level %d\n", sotto_gpio_level(line));
  fflush(stdout);
  struct pollfd ends[2] = {{.fd = sotto_gpio_descriptor(line), .events = POLLIN}, {.fd = 0, .events = POLLIN}};
  while (poll(ends, 2, -1) > 0 && !ends[1].revents) {
    struct sotto_gpio_edge edges[16];
    int count = sotto_gpio_take_edges(line, edges, 16);
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    for (int index = 0; index < count; index++) {
      int64_t age = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec - edges[index].nanoseconds;
      printf("edge %d %s\n", edges[index].active, age >= 0 && age < 5000000000 ? "dated" : "with a date that makes no sense");
    }
    fflush(stdout);
    if (count < 0 || ends[0].revents & (POLLERR | POLLHUP)) {
      printf("lost %d\n", -count);
      break;
    }
  }
  sotto_gpio_close(line);
  return 0;
}

int main(int count, char **words) {
  if (count == 3) return watch(words[1], words[2]);
  without_hardware();
  printf("generation %d\n", sotto_gpio_generation());
  return failures > 0;
}
