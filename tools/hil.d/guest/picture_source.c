// Shows a v4l2loopback device one JPEG picture after another, as a webcam would send it.
//
// usage: picture_source DEVICE WIDTH HEIGHT FRAMES_PER_SECOND
//
// Paths of JPEG files come on standard input, a line each; the last one is shown until the next comes, over and over. "nothing" closes
// the device: the camera then gives no picture. Ends with its input.
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { largest_picture = 2 << 20 };

static unsigned char picture[largest_picture];
static size_t picture_size;

static int open_device(const char *path, unsigned width, unsigned height) {
  int device = open(path, O_WRONLY | O_CLOEXEC);
  if (device < 0) return -1;
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_OUTPUT};
  format.fmt.pix.width = width;
  format.fmt.pix.height = height;
  format.fmt.pix.pixelformat = V4L2_PIX_FMT_MJPEG;
  format.fmt.pix.field = V4L2_FIELD_NONE;
  format.fmt.pix.sizeimage = largest_picture;
  format.fmt.pix.colorspace = V4L2_COLORSPACE_JPEG;
  if (ioctl(device, VIDIOC_S_FMT, &format) < 0) {
    close(device);
    return -1;
  }
  return device;
}

static void read_picture(const char *path) {
  picture_size = 0;
  FILE *file = fopen(path, "rb");
  if (file == NULL) {
    fprintf(stderr, "picture_source: %s: %s\n", path, strerror(errno));
    return;
  }
  picture_size = fread(picture, 1, sizeof picture, file);
  fclose(file);
}

int main(int count, char **words) {
  if (count != 5) {
    fprintf(stderr, "usage: picture_source DEVICE WIDTH HEIGHT FRAMES_PER_SECOND\n");
    return 2;
  }
  unsigned width = (unsigned)atoi(words[2]), height = (unsigned)atoi(words[3]);
  int pause = 1000 / atoi(words[4]), device = -1;
  char line[512];
  size_t filled = 0;
  for (;;) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    if (poll(&input, 1, picture_size > 0 ? pause : -1) > 0) {
      ssize_t got = read(0, line + filled, sizeof line - 1 - filled);
      if (got <= 0) return 0;
      filled += (size_t)got;
      char *end;
      while ((end = memchr(line, '\n', filled)) != NULL) {
        *end = 0;
        read_picture(line);
        filled -= (size_t)(end + 1 - line);
        memmove(line, end + 1, filled);
      }
      if (filled == sizeof line - 1) filled = 0;
    }
    if (picture_size == 0) {
      if (device >= 0) close(device);
      device = -1;
      continue;
    }
    if (device < 0 && (device = open_device(words[1], width, height)) < 0) {
      fprintf(stderr, "picture_source: %s: %s\n", words[1], strerror(errno));
      return 1;
    }
    if (write(device, picture, picture_size) < 0) {
      fprintf(stderr, "picture_source: %s: %s\n", words[1], strerror(errno));
      return 1;
    }
  }
}
