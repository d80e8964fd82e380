#include "CV4L2.h"

#include <errno.h>
#include <libv4lconvert.h>
#include <linux/videodev2.h>
#include <stdlib.h>

struct sotto_v4l2_converter {
  struct v4lconvert_data *data;
};

int sotto_v4l2_converter_create(const struct sotto_v4l2 *camera, struct sotto_v4l2_converter **result) {
  struct sotto_v4l2_converter *converter = malloc(sizeof *converter);
  if (!converter) return -ENOMEM;
  converter->data = v4lconvert_create(camera->fd);
  if (!converter->data) {
    free(converter);
    return -ENOMEM;
  }
  *result = converter;
  return 0;
}

void sotto_v4l2_converter_destroy(struct sotto_v4l2_converter *converter) {
  v4lconvert_destroy(converter->data);
  free(converter);
}

static struct v4l2_format described(uint32_t code, uint32_t width, uint32_t height, uint32_t stride, uint32_t size) {
  struct v4l2_format format = {.type = V4L2_BUF_TYPE_VIDEO_CAPTURE};
  format.fmt.pix.width = width;
  format.fmt.pix.height = height;
  format.fmt.pix.pixelformat = code;
  format.fmt.pix.field = V4L2_FIELD_NONE;
  format.fmt.pix.bytesperline = stride;
  format.fmt.pix.sizeimage = size;
  return format;
}

bool sotto_v4l2_converts(uint32_t code) {
  // What the library knows beside the formats that need no help and raw Bayer, which it would turn into a picture without
  // exposure and colour correction. It decodes more, vendors' own compressions with a helper program; those stay out.
  switch (code) {
    case V4L2_PIX_FMT_UYVY:
    case V4L2_PIX_FMT_YVYU:
    case V4L2_PIX_FMT_VYUY:
    case V4L2_PIX_FMT_NV16:
    case V4L2_PIX_FMT_NV61:
    case V4L2_PIX_FMT_RGB24:
    case V4L2_PIX_FMT_BGR24:
    case V4L2_PIX_FMT_RGB565:
    case V4L2_PIX_FMT_YVU420:
    case V4L2_PIX_FMT_SPCA501:
    case V4L2_PIX_FMT_SPCA505:
    case V4L2_PIX_FMT_SPCA508:
    case V4L2_PIX_FMT_PJPG:
    case V4L2_PIX_FMT_KONICA420:
    case V4L2_PIX_FMT_SN9C20X_I420:
    case V4L2_PIX_FMT_M420:
    case V4L2_PIX_FMT_HM12: return true;
    default: return false;
  }
}

int sotto_v4l2_convert(
    struct sotto_v4l2_converter *converter, const struct sotto_v4l2_format *format, const uint8_t *bytes, size_t count,
    uint8_t *output, size_t capacity) {
  size_t needed = (size_t)format->width * format->height * 3 / 2;
  if (capacity < needed || count > INT32_MAX || needed > INT32_MAX) return -EINVAL;
  struct v4l2_format source = described(format->code, format->width, format->height, format->plane[0].stride, (uint32_t)count);
  struct v4l2_format target =
      described(V4L2_PIX_FMT_YUV420, format->width, format->height, format->width, (uint32_t)needed);
  // The library declares its input writable and reads it only.
  int made = v4lconvert_convert(converter->data, &source, &target, (unsigned char *)bytes, (int)count, output, (int)needed);
  return made < 0 ? (errno == EAGAIN ? -EAGAIN : -EIO) : made;
}
