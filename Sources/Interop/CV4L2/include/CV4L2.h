#pragma once

// Still pictures from a V4L2 capture device with memory-mapped buffers. Thin: no policy. Functions give 0 or more, or a
// negated error number.

#include <stddef.h>
#include <stdint.h>

enum sotto_v4l2_format {
  SOTTO_V4L2_JPEG = 1,
  SOTTO_V4L2_YUYV = 2,
};

struct sotto_v4l2 {
  int fd;
  int32_t format;
  uint32_t width;
  uint32_t height;
  // Bytes from one row to the next, for YUYV.
  uint32_t stride;
  uint32_t buffers;
  struct {
    uint8_t *bytes;
    size_t size;
  } mapped[4];
};

// Opens a device and sets it to the size nearest to the one asked for: Motion JPEG where it has that, else YUYV.
// -ENODEV when it is no capture device, -EINVAL when it has neither format.
int sotto_v4l2_open(const char *path, uint32_t width, uint32_t height, struct sotto_v4l2 *camera);
// Starts the stream; the descriptor becomes readable with each frame.
int sotto_v4l2_start(struct sotto_v4l2 *camera);
// Takes the oldest frame: its buffer's index, to be given back. -EAGAIN when there is none, -EIO for a frame with errors.
int sotto_v4l2_take(struct sotto_v4l2 *camera, const uint8_t **bytes, size_t *count);
int sotto_v4l2_give_back(struct sotto_v4l2 *camera, int index);
// Stops the stream, unmaps the buffers and closes the device.
void sotto_v4l2_close(struct sotto_v4l2 *camera);

static const int SOTTO_V4L2_AGAIN = -11;  // -EAGAIN
