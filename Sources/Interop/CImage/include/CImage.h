#pragma once

// Pictures: reading the size of JPEG and PNG, writing PNG, making JPEG from a camera's raw frames. Thin: no policy.

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

// A camera's picture as luma and two chroma samples that lie anywhere in memory: steps are bytes from one sample to the next of
// its row, strides from row to row. `across` and `down` are 1 or 2: pixels that share a chroma sample. No chroma: `blue` NULL.
struct sotto_camera_picture {
  uint32_t width, height;
  const uint8_t *luma, *blue, *red;
  uint32_t luma_step, luma_stride;
  uint32_t chroma_step, chroma_stride;
  uint32_t across, down;
};

// Compresses pictures to baseline JPEG with their own chroma resolution: no sample is interpolated or left out.
struct sotto_jpeg_encoder;
struct sotto_jpeg_encoder *sotto_jpeg_encoder_create(void);
void sotto_jpeg_encoder_destroy(struct sotto_jpeg_encoder *encoder);
// `quality` 1…100. How many bytes were written, -ENOSPC when they do not fit with a byte to spare, or another negated error number. The caller answers
// for the memory behind the picture's pointers.
int64_t sotto_jpeg_encode(
    struct sotto_jpeg_encoder *encoder, const struct sotto_camera_picture *picture, int quality, uint8_t *jpeg, size_t capacity);

// Reads a JPEG as its planes of luma, blue and red, each with its own size rounded up to whole blocks, one after the other in memory
// of malloc: what a test compares. 0 or a negated error number.
struct sotto_jpeg_planes {
  uint8_t *bytes;
  int32_t components;
  uint32_t width[3], height[3];
};
int sotto_jpeg_read_planes(const uint8_t *jpeg, size_t count, struct sotto_jpeg_planes *planes);

// Decodes a JPEG to XRGB8888 pixels in memory of malloc. 0 or a negated error number.
int sotto_jpeg_to_pixels(const uint8_t *jpeg, size_t count, uint32_t **pixels, uint32_t *width, uint32_t *height);

void sotto_picture_free(void *memory);
