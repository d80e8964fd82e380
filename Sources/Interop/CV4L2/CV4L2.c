#include "CV4L2.h"

#include "Internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

_Static_assert(EAGAIN == 11 && ENODEV == 19 && EINVAL == 22 && V4L2_FMT_FLAG_EMULATED == 2, "the constants of CV4L2.h are those of the kernel");
_Static_assert(
    SOTTO_V4L2_EXPOSURE_MODE == V4L2_CID_EXPOSURE_AUTO && SOTTO_V4L2_EXPOSURE_TIME == V4L2_CID_EXPOSURE_ABSOLUTE &&
        SOTTO_V4L2_EXPOSURE == V4L2_CID_EXPOSURE && SOTTO_V4L2_AUTO_GAIN == V4L2_CID_AUTOGAIN &&
        SOTTO_V4L2_GAIN == V4L2_CID_GAIN && SOTTO_V4L2_ANALOGUE_GAIN == V4L2_CID_ANALOGUE_GAIN &&
        SOTTO_V4L2_MIRROR == V4L2_CID_HFLIP && SOTTO_V4L2_FLIP == V4L2_CID_VFLIP,
    "the controls of CV4L2.h are those of the kernel");

int sotto_v4l2_call(int fd, unsigned long request, void *argument) {
  int result;
  do {
    result = ioctl(fd, request, argument);
  } while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

uint32_t sotto_v4l2_abilities(const struct v4l2_capability *capability) {
  return capability->capabilities & V4L2_CAP_DEVICE_CAPS ? capability->device_caps : capability->capabilities;
}

static uint32_t type_of(const struct sotto_v4l2 *camera) {
  return camera->multi_planar ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

// MARK: One device

int sotto_v4l2_open(const char *path, struct sotto_v4l2 *camera) {
  do {
    camera->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  } while (camera->fd < 0 && errno == EINTR);
  if (camera->fd < 0) return -errno;
  struct v4l2_capability capability;
  int result = sotto_v4l2_call(camera->fd, VIDIOC_QUERYCAP, &capability);
  if (result >= 0) {
    uint32_t offers = sotto_v4l2_abilities(&capability);
    camera->multi_planar = !(offers & V4L2_CAP_VIDEO_CAPTURE);
    if (!(offers & (V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_VIDEO_CAPTURE_MPLANE)) || !(offers & V4L2_CAP_STREAMING)) result = -EOPNOTSUPP;
  }
  if (result < 0) sotto_v4l2_close(camera);
  return result < 0 ? result : 0;
}

void sotto_v4l2_close(struct sotto_v4l2 *camera) {
  if (camera->fd >= 0) close(camera->fd);
  camera->fd = -1;
}

int sotto_v4l2_names(const struct sotto_v4l2 *camera, char *card, char *bus, size_t capacity) {
  struct v4l2_capability capability;
  int result = sotto_v4l2_call(camera->fd, VIDIOC_QUERYCAP, &capability);
  if (result < 0) return result;
  snprintf(card, capacity, "%.32s", (const char *)capability.card);
  snprintf(bus, capacity, "%.32s", (const char *)capability.bus_info);
  return 0;
}

// MARK: Formats

int sotto_v4l2_format_at(const struct sotto_v4l2 *camera, uint32_t index, uint32_t *code, uint32_t *flags) {
  struct v4l2_fmtdesc description = {.index = index, .type = type_of(camera)};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_ENUM_FMT, &description);
  *code = description.pixelformat;
  *flags = description.flags;
  return result;
}

int sotto_v4l2_sizes_at(const struct sotto_v4l2 *camera, uint32_t code, uint32_t index, struct sotto_v4l2_sizes *sizes) {
  struct v4l2_frmsizeenum size = {.index = index, .pixel_format = code};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_ENUM_FRAMESIZES, &size);
  if (result < 0) return result;
  if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
    *sizes = (struct sotto_v4l2_sizes){size.discrete.width, size.discrete.width, 0, size.discrete.height, size.discrete.height, 0};
    return 0;
  }
  // One description covers every size: there is no second one.
  if (index > 0) return -EINVAL;
  *sizes = (struct sotto_v4l2_sizes){
      size.stepwise.min_width,  size.stepwise.max_width,  size.stepwise.step_width ? size.stepwise.step_width : 1,
      size.stepwise.min_height, size.stepwise.max_height, size.stepwise.step_height ? size.stepwise.step_height : 1};
  return 0;
}

static int64_t nanoseconds(struct v4l2_fract fraction) {
  return fraction.denominator ? (int64_t)fraction.numerator * 1000000000 / fraction.denominator : 0;
}

int sotto_v4l2_intervals_at(
    const struct sotto_v4l2 *camera, uint32_t code, uint32_t width, uint32_t height, uint32_t index,
    struct sotto_v4l2_intervals *intervals) {
  struct v4l2_frmivalenum interval = {.index = index, .pixel_format = code, .width = width, .height = height};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_ENUM_FRAMEINTERVALS, &interval);
  if (result < 0) return result;
  if (interval.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
    intervals->least = intervals->most = nanoseconds(interval.discrete);
    return 0;
  }
  if (index > 0) return -EINVAL;
  intervals->least = nanoseconds(interval.stepwise.min);
  intervals->most = nanoseconds(interval.stepwise.max);
  return 0;
}

static void to_kernel(const struct sotto_v4l2 *camera, const struct sotto_v4l2_format *from, struct v4l2_format *to) {
  *to = (struct v4l2_format){.type = type_of(camera)};
  if (camera->multi_planar) {
    to->fmt.pix_mp.width = from->width;
    to->fmt.pix_mp.height = from->height;
    to->fmt.pix_mp.pixelformat = from->code;
    to->fmt.pix_mp.field = V4L2_FIELD_NONE;
  } else {
    to->fmt.pix.width = from->width;
    to->fmt.pix.height = from->height;
    to->fmt.pix.pixelformat = from->code;
    to->fmt.pix.field = V4L2_FIELD_NONE;
  }
}

static int from_kernel(const struct sotto_v4l2 *camera, const struct v4l2_format *from, struct sotto_v4l2_format *to) {
  *to = (struct sotto_v4l2_format){0};
  if (!camera->multi_planar) {
    const struct v4l2_pix_format *pixels = &from->fmt.pix;
    *to = (struct sotto_v4l2_format){pixels->pixelformat, pixels->width, pixels->height, 1, {{pixels->bytesperline, pixels->sizeimage}}};
    return 0;
  }
  const struct v4l2_pix_format_mplane *pixels = &from->fmt.pix_mp;
  if (pixels->num_planes == 0 || pixels->num_planes > 3) return -EOPNOTSUPP;
  *to = (struct sotto_v4l2_format){pixels->pixelformat, pixels->width, pixels->height, pixels->num_planes, {{0}}};
  for (uint32_t plane = 0; plane < pixels->num_planes; plane++)
    to->plane[plane] = (struct sotto_v4l2_plane){pixels->plane_fmt[plane].bytesperline, pixels->plane_fmt[plane].sizeimage};
  return 0;
}

int sotto_v4l2_set_format(const struct sotto_v4l2 *camera, struct sotto_v4l2_format *format) {
  struct v4l2_format request;
  to_kernel(camera, format, &request);
  int result = sotto_v4l2_call(camera->fd, VIDIOC_S_FMT, &request);
  return result < 0 ? result : from_kernel(camera, &request, format);
}

int sotto_v4l2_get_format(const struct sotto_v4l2 *camera, struct sotto_v4l2_format *format) {
  struct v4l2_format request = {.type = type_of(camera)};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_G_FMT, &request);
  return result < 0 ? result : from_kernel(camera, &request, format);
}

int64_t sotto_v4l2_set_interval(const struct sotto_v4l2 *camera, int64_t interval) {
  struct v4l2_streamparm parameters = {.type = type_of(camera)};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_G_PARM, &parameters);
  if (result < 0) return result;
  if (!(parameters.parm.capture.capability & V4L2_CAP_TIMEPERFRAME)) return -ENOTTY;
  // Hundredths of a microsecond keep 1001/30000 s apart from 1/30 s and fit in 32 bits up to 42 s.
  parameters.parm.capture.timeperframe = (struct v4l2_fract){(uint32_t)(interval / 10), 100000000};
  result = sotto_v4l2_call(camera->fd, VIDIOC_S_PARM, &parameters);
  return result < 0 ? result : nanoseconds(parameters.parm.capture.timeperframe);
}

// MARK: Controls

int sotto_v4l2_control_range(const struct sotto_v4l2 *camera, uint32_t control, struct sotto_v4l2_range *range) {
  struct v4l2_queryctrl query = {.id = control};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_QUERYCTRL, &query);
  if (result < 0) return result;
  if (query.flags & V4L2_CTRL_FLAG_DISABLED) return -EINVAL;
  *range = (struct sotto_v4l2_range){query.minimum, query.maximum, query.step, query.default_value};
  return 0;
}

int sotto_v4l2_control_get(const struct sotto_v4l2 *camera, uint32_t control, int32_t *value) {
  struct v4l2_control request = {.id = control};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_G_CTRL, &request);
  *value = request.value;
  return result;
}

int sotto_v4l2_control_set(const struct sotto_v4l2 *camera, uint32_t control, int32_t *value) {
  struct v4l2_control request = {.id = control, .value = *value};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_S_CTRL, &request);
  *value = request.value;
  return result;
}

// MARK: Buffers and frames

int sotto_v4l2_request(const struct sotto_v4l2 *camera, uint32_t count) {
  struct v4l2_requestbuffers request = {.count = count, .type = type_of(camera), .memory = V4L2_MEMORY_MMAP};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_REQBUFS, &request);
  return result < 0 ? result : (int)request.count;
}

int sotto_v4l2_map(const struct sotto_v4l2 *camera, uint32_t index, uint32_t plane, const uint8_t **bytes, size_t *size) {
  struct v4l2_plane planes[VIDEO_MAX_PLANES] = {{0}};
  struct v4l2_buffer buffer = {.index = index, .type = type_of(camera), .memory = V4L2_MEMORY_MMAP};
  if (camera->multi_planar) {
    buffer.m.planes = planes;
    buffer.length = VIDEO_MAX_PLANES;
  }
  int result = sotto_v4l2_call(camera->fd, VIDIOC_QUERYBUF, &buffer);
  if (result < 0) return result;
  if (camera->multi_planar && plane >= buffer.length) return -EINVAL;
  size_t length = camera->multi_planar ? planes[plane].length : buffer.length;
  uint32_t offset = camera->multi_planar ? planes[plane].m.mem_offset : buffer.m.offset;
  void *mapped = mmap(NULL, length, PROT_READ, MAP_SHARED, camera->fd, offset);
  if (mapped == MAP_FAILED) return -errno;
  *bytes = mapped;
  *size = length;
  return 0;
}

void sotto_v4l2_unmap(const uint8_t *bytes, size_t size) { munmap((void *)bytes, size); }

int sotto_v4l2_export(const struct sotto_v4l2 *camera, uint32_t index, uint32_t plane) {
  struct v4l2_exportbuffer request = {.type = type_of(camera), .index = index, .plane = plane, .flags = O_CLOEXEC | O_RDONLY};
  int result = sotto_v4l2_call(camera->fd, VIDIOC_EXPBUF, &request);
  return result < 0 ? result : request.fd;
}

int sotto_v4l2_queue(const struct sotto_v4l2 *camera, uint32_t index, uint32_t count) {
  struct v4l2_plane planes[VIDEO_MAX_PLANES] = {{0}};
  struct v4l2_buffer buffer = {.index = index, .type = type_of(camera), .memory = V4L2_MEMORY_MMAP};
  if (camera->multi_planar) {
    buffer.m.planes = planes;
    buffer.length = count;
  }
  return sotto_v4l2_call(camera->fd, VIDIOC_QBUF, &buffer);
}

int sotto_v4l2_dequeue(const struct sotto_v4l2 *camera, struct sotto_v4l2_frame *frame) {
  struct v4l2_plane planes[VIDEO_MAX_PLANES] = {{0}};
  struct v4l2_buffer buffer = {.type = type_of(camera), .memory = V4L2_MEMORY_MMAP};
  if (camera->multi_planar) {
    buffer.m.planes = planes;
    buffer.length = VIDEO_MAX_PLANES;
  }
  int result = sotto_v4l2_call(camera->fd, VIDIOC_DQBUF, &buffer);
  if (result < 0) return result;
  *frame = (struct sotto_v4l2_frame){.index = buffer.index, .sequence = buffer.sequence};
  frame->damaged = buffer.flags & V4L2_BUF_FLAG_ERROR;
  if ((buffer.flags & V4L2_BUF_FLAG_TIMESTAMP_MASK) == V4L2_BUF_FLAG_TIMESTAMP_MONOTONIC)
    frame->stamp = (int64_t)buffer.timestamp.tv_sec * 1000000000 + (int64_t)buffer.timestamp.tv_usec * 1000;
  if (!camera->multi_planar) {
    frame->planes = 1;
    frame->plane[0] = (struct sotto_v4l2_part){0, buffer.bytesused};
    return 0;
  }
  frame->planes = buffer.length < 3 ? buffer.length : 3;
  for (uint32_t plane = 0; plane < frame->planes; plane++) {
    // The kernel counts what lies before the picture among what is used.
    uint32_t offset = planes[plane].data_offset < planes[plane].bytesused ? planes[plane].data_offset : 0;
    frame->plane[plane] = (struct sotto_v4l2_part){offset, planes[plane].bytesused - offset};
  }
  return 0;
}

int sotto_v4l2_stream_on(const struct sotto_v4l2 *camera) {
  int type = (int)type_of(camera);
  return sotto_v4l2_call(camera->fd, VIDIOC_STREAMON, &type);
}

int sotto_v4l2_stream_off(const struct sotto_v4l2 *camera) {
  int type = (int)type_of(camera);
  return sotto_v4l2_call(camera->fd, VIDIOC_STREAMOFF, &type);
}
