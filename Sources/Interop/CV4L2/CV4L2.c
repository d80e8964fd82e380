#include "CV4L2.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

static int control(int fd, unsigned long request, void *argument) {
  int result;
  do {
    result = ioctl(fd, request, argument);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

static int set_format(struct sotto_v4l2 *camera, uint32_t pixel_format, int32_t name, uint32_t width, uint32_t height) {
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  format.fmt.pix.width = width;
  format.fmt.pix.height = height;
  format.fmt.pix.pixelformat = pixel_format;
  format.fmt.pix.field = V4L2_FIELD_NONE;
  int result = control(camera->fd, VIDIOC_S_FMT, &format);
  if (result < 0) return result;
  // The driver answers with the nearest format that it has.
  if (format.fmt.pix.pixelformat != pixel_format) return -EINVAL;
  camera->format = name;
  camera->width = format.fmt.pix.width;
  camera->height = format.fmt.pix.height;
  camera->stride = format.fmt.pix.bytesperline;
  return 0;
}

static int map_buffers(struct sotto_v4l2 *camera) {
  struct v4l2_requestbuffers request = {.count = 4, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  int result = control(camera->fd, VIDIOC_REQBUFS, &request);
  if (result < 0) return result;
  uint32_t count = request.count < 4 ? request.count : 4;
  if (count == 0) return -ENOMEM;
  for (uint32_t index = 0; index < count; index++) {
    struct v4l2_buffer buffer = {.index = index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
    result = control(camera->fd, VIDIOC_QUERYBUF, &buffer);
    if (result < 0) return result;
    void *bytes = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, camera->fd, buffer.m.offset);
    if (bytes == MAP_FAILED) return -errno;
    camera->mapped[index].bytes = bytes;
    camera->mapped[index].size = buffer.length;
    camera->buffers = index + 1;
  }
  return 0;
}

int sotto_v4l2_open(const char *path, uint32_t width, uint32_t height, struct sotto_v4l2 *camera) {
  memset(camera, 0, sizeof *camera);
  do {
    camera->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  } while (camera->fd < 0 && errno == EINTR);
  if (camera->fd < 0) return -errno;

  struct v4l2_capability capability;
  int result = control(camera->fd, VIDIOC_QUERYCAP, &capability);
  uint32_t offers = 0;
  if (result == 0)
    offers = capability.capabilities & V4L2_CAP_DEVICE_CAPS ? capability.device_caps : capability.capabilities;
  if (result < 0 || !(offers & V4L2_CAP_VIDEO_CAPTURE) || !(offers & V4L2_CAP_STREAMING)) {
    result = -ENODEV;
  } else {
    result = set_format(camera, V4L2_PIX_FMT_MJPEG, SOTTO_V4L2_JPEG, width, height);
    if (result < 0) result = set_format(camera, V4L2_PIX_FMT_YUYV, SOTTO_V4L2_YUYV, width, height);
  }
  if (result == 0) result = map_buffers(camera);
  if (result < 0) sotto_v4l2_close(camera);
  return result;
}

int sotto_v4l2_give_back(struct sotto_v4l2 *camera, int index) {
  struct v4l2_buffer buffer = {
      .index = (uint32_t)index, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  return control(camera->fd, VIDIOC_QBUF, &buffer);
}

int sotto_v4l2_start(struct sotto_v4l2 *camera) {
  for (uint32_t index = 0; index < camera->buffers; index++) {
    int result = sotto_v4l2_give_back(camera, (int)index);
    if (result < 0) return result;
  }
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  return control(camera->fd, VIDIOC_STREAMON, &type);
}

int sotto_v4l2_take(struct sotto_v4l2 *camera, const uint8_t **bytes, size_t *count) {
  struct v4l2_buffer buffer = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP};
  int result = control(camera->fd, VIDIOC_DQBUF, &buffer);
  if (result < 0) return result;
  if (buffer.index >= camera->buffers) return -EIO;
  if ((buffer.flags & V4L2_BUF_FLAG_ERROR) || buffer.bytesused > camera->mapped[buffer.index].size) {
    sotto_v4l2_give_back(camera, (int)buffer.index);
    return -EIO;
  }
  *bytes = camera->mapped[buffer.index].bytes;
  *count = buffer.bytesused;
  return (int)buffer.index;
}

void sotto_v4l2_close(struct sotto_v4l2 *camera) {
  if (camera->fd < 0) return;
  int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
  control(camera->fd, VIDIOC_STREAMOFF, &type);
  for (uint32_t index = 0; index < camera->buffers; index++) munmap(camera->mapped[index].bytes, camera->mapped[index].size);
  close(camera->fd);
  camera->fd = -1;
  camera->buffers = 0;
}
