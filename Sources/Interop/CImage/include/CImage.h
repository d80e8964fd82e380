#pragma once

// Pictures: reading the size of JPEG and PNG, writing PNG, making JPEG from a camera's YUYV. Thin: no policy.

#include <stddef.h>
#include <stdint.h>

enum sotto_picture_kind {
  SOTTO_PICTURE_UNKNOWN = 0,
  SOTTO_PICTURE_JPEG = 1,
  SOTTO_PICTURE_PNG = 2,
};

struct sotto_picture {
  int32_t kind;
  int32_t width;
  int32_t height;
};

// Reads the header of a picture in memory and looks whether its end is there. 0, or -EINVAL when it is broken or cut off;
// the message (at most `capacity` bytes with the final zero) says what is wrong.
int sotto_picture_examine(
    const uint8_t *bytes, size_t count, struct sotto_picture *picture, char *message, size_t capacity);

// Writes XRGB8888 pixels (0x00RRGGBB) as an 8-bit RGB PNG. 0 or a negated error number.
int sotto_png_write(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height);

// Reads a PNG as XRGB8888 pixels into memory of malloc. 0 or a negated error number.
int sotto_png_read(const char *path, uint32_t **pixels, uint32_t *width, uint32_t *height);

// Compresses packed YUYV (4:2:2) of even width to JPEG (quality 1…100) in memory of malloc. 0 or a negated error number.
int sotto_jpeg_from_yuyv(
    const uint8_t *yuyv, size_t count, uint32_t width, uint32_t height, uint32_t stride, int quality, uint8_t **jpeg,
    size_t *size);

void sotto_picture_free(void *memory);
