#include "CV4L2.h"

#include "Internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// The kernel numbers video nodes below 256.
enum { MOST = 256, LONGEST = 256 };

struct node {
  int captures;
  int number;
  char text[6][LONGEST];
};

struct sotto_v4l2_nodes {
  int count;
  struct node node[];
};

static void examine(struct node *node) {
  int fd;
  do {
    fd = open(node->text[SOTTO_V4L2_PATH], O_RDWR | O_NONBLOCK | O_CLOEXEC);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    node->captures = -errno;
    return;
  }
  struct v4l2_capability capability;
  node->captures = sotto_v4l2_call(fd, VIDIOC_QUERYCAP, &capability);
  close(fd);
  if (node->captures < 0) return;
  uint32_t offers = sotto_v4l2_abilities(&capability);
  node->captures =
      (offers & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)) && (offers & V4L2_CAP_STREAMING) ? 1 : 0;
  snprintf(node->text[SOTTO_V4L2_CARD], LONGEST, "%.32s", (const char *)capability.card);
  snprintf(node->text[SOTTO_V4L2_BUS], LONGEST, "%.32s", (const char *)capability.bus_info);
  snprintf(node->text[SOTTO_V4L2_DRIVER], LONGEST, "%.16s", (const char *)capability.driver);
}

// Notes the names of the links in one of udev's folders with the nodes that they lead to.
static void follow_links(struct sotto_v4l2_nodes *nodes, const char *folder, int which) {
  DIR *directory = opendir(folder);
  if (!directory) return;
  struct dirent *entry;
  while ((entry = readdir(directory))) {
    char link[PATH_MAX], target[PATH_MAX];
    snprintf(link, sizeof link, "%s/%s", folder, entry->d_name);
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0) continue;
    target[length] = 0;
    const char *slash = strrchr(target, '/');
    const char *name = slash ? slash + 1 : target;
    for (int index = 0; index < nodes->count; index++)
      if (strcmp(nodes->node[index].text[SOTTO_V4L2_PATH] + strlen("/dev/"), name) == 0)
        snprintf(nodes->node[index].text[which], LONGEST, "%.*s", LONGEST - 1, entry->d_name);
  }
  closedir(directory);
}

static int by_number(const void *a, const void *b) { return ((const struct node *)a)->number - ((const struct node *)b)->number; }

int sotto_v4l2_list(struct sotto_v4l2_nodes **result) {
  *result = NULL;
  DIR *directory = opendir("/dev");
  if (!directory) return -errno;
  struct sotto_v4l2_nodes *nodes = malloc(sizeof *nodes);
  if (nodes) nodes->count = 0;
  struct dirent *entry;
  while (nodes && (entry = readdir(directory)) && nodes->count < MOST) {
    int number, length = 0;
    if (sscanf(entry->d_name, "video%d%n", &number, &length) != 1 || entry->d_name[length] != 0) continue;
    struct sotto_v4l2_nodes *more = realloc(nodes, sizeof *nodes + sizeof(struct node) * (size_t)(nodes->count + 1));
    if (!more) {
      free(nodes);
      nodes = NULL;
      break;
    }
    nodes = more;
    struct node *node = &nodes->node[nodes->count++];
    memset(node, 0, sizeof *node);
    node->number = number;
    snprintf(node->text[SOTTO_V4L2_PATH], LONGEST, "/dev/video%d", number);
  }
  closedir(directory);
  if (!nodes) return -ENOMEM;
  qsort(nodes->node, (size_t)nodes->count, sizeof(struct node), by_number);
  for (int index = 0; index < nodes->count; index++) examine(&nodes->node[index]);
  follow_links(nodes, "/dev/v4l/by-id", SOTTO_V4L2_BY_ID);
  follow_links(nodes, "/dev/v4l/by-path", SOTTO_V4L2_BY_PATH);
  *result = nodes;
  return nodes->count;
}

void sotto_v4l2_list_free(struct sotto_v4l2_nodes *nodes) { free(nodes); }

const char *sotto_v4l2_node_text(const struct sotto_v4l2_nodes *nodes, int index, int32_t which) {
  return nodes->node[index].text[which];
}

int sotto_v4l2_node_captures(const struct sotto_v4l2_nodes *nodes, int index) { return nodes->node[index].captures; }
