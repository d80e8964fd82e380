#include "CImage.h"

#include "JPEGGuard.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <png.h>

static void say(char *message, size_t capacity, const char *text) {
  if (capacity) snprintf(message, capacity, "%s", text);
}

// MARK: JPEG

// The end-of-image marker is the last thing of a JPEG; some cameras pad behind it.
static bool jpeg_has_end(const uint8_t *bytes, size_t count) {
  for (size_t at = count; at >= 2; at--) {
    if (bytes[at - 2] == 0xFF && bytes[at - 1] == 0xD9) return true;
    if (bytes[at - 1] != 0 && bytes[at - 1] != 0xFF) return false;
  }
  return false;
}

static int examine_jpeg(
    const uint8_t *bytes, size_t count, struct sotto_picture *picture, char *message, size_t capacity) {
  struct jpeg_decompress_struct decoder;
  struct jpeg_guard guard;
  decoder.err = jpeg_guarded(&guard);
  if (setjmp(guard.escape)) {
    say(message, capacity, guard.text);
    jpeg_destroy_decompress(&decoder);
    return -EINVAL;
  }
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, bytes, count);
  jpeg_read_header(&decoder, TRUE);
  picture->kind = SOTTO_PICTURE_JPEG;
  picture->width = (int32_t)decoder.image_width;
  picture->height = (int32_t)decoder.image_height;
  jpeg_destroy_decompress(&decoder);
  if (jpeg_has_end(bytes, count)) return 0;
  say(message, capacity, "the JPEG is cut off before its end");
  return -EINVAL;
}

// MARK: PNG

struct png_guard {
  jmp_buf escape;
  char text[128];
};

static void png_failed(png_structp state, png_const_charp text) {
  struct png_guard *guard = png_get_error_ptr(state);
  snprintf(guard->text, sizeof guard->text, "%s", text);
  longjmp(guard->escape, 1);
}

static void png_quiet(png_structp state, png_const_charp text) {
  (void)state;
  (void)text;
}

struct png_source {
  const uint8_t *bytes;
  size_t count;
};

static void png_take(png_structp state, png_bytep target, size_t count) {
  struct png_source *source = png_get_io_ptr(state);
  if (count > source->count) png_error(state, "the PNG is cut off");
  memcpy(target, source->bytes, count);
  source->bytes += count;
  source->count -= count;
}

// The closing IEND chunk has no content and a fixed check sum.
static bool png_has_end(const uint8_t *bytes, size_t count) {
  static const uint8_t end[12] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xAE, 0x42, 0x60, 0x82};
  return count >= sizeof end && memcmp(bytes + count - sizeof end, end, sizeof end) == 0;
}

static int examine_png(
    const uint8_t *bytes, size_t count, struct sotto_picture *picture, char *message, size_t capacity) {
  struct png_guard guard = {0};
  struct png_source source = {bytes, count};
  png_structp decoder = png_create_read_struct(PNG_LIBPNG_VER_STRING, &guard, png_failed, png_quiet);
  png_infop information = decoder ? png_create_info_struct(decoder) : NULL;
  if (!information) {
    png_destroy_read_struct(&decoder, NULL, NULL);
    return -ENOMEM;
  }
  if (setjmp(guard.escape)) {
    say(message, capacity, guard.text);
    png_destroy_read_struct(&decoder, &information, NULL);
    return -EINVAL;
  }
  png_set_read_fn(decoder, &source, png_take);
  png_read_info(decoder, information);
  picture->kind = SOTTO_PICTURE_PNG;
  picture->width = (int32_t)png_get_image_width(decoder, information);
  picture->height = (int32_t)png_get_image_height(decoder, information);
  png_destroy_read_struct(&decoder, &information, NULL);
  if (png_has_end(bytes, count)) return 0;
  say(message, capacity, "the PNG is cut off before its end");
  return -EINVAL;
}

int sotto_png_write(const char *path, const uint32_t *pixels, uint32_t width, uint32_t height) {
  // What the display shows may be private.
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return -errno;
  FILE *file = fdopen(fd, "wb");
  if (!file) {
    int error = errno;
    close(fd);
    return -error;
  }
  struct png_guard guard = {0};
  png_structp encoder = png_create_write_struct(PNG_LIBPNG_VER_STRING, &guard, png_failed, png_quiet);
  png_infop information = encoder ? png_create_info_struct(encoder) : NULL;
  uint8_t *row = malloc((size_t)width * 3);
  volatile int result = information && row ? 0 : -ENOMEM;
  if (result == 0) {
    if (setjmp(guard.escape)) {
      result = -EIO;
    } else {
      png_init_io(encoder, file);
      // A mostly black display compresses well at any level: take a quick one.
      png_set_compression_level(encoder, 2);
      png_set_IHDR(encoder, information, width, height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                   PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
      png_write_info(encoder, information);
      for (uint32_t y = 0; y < height; y++) {
        for (uint32_t x = 0; x < width; x++) {
          uint32_t pixel = pixels[(size_t)y * width + x];
          row[3 * x] = (uint8_t)(pixel >> 16);
          row[3 * x + 1] = (uint8_t)(pixel >> 8);
          row[3 * x + 2] = (uint8_t)pixel;
        }
        png_write_row(encoder, row);
      }
      png_write_end(encoder, NULL);
    }
  }
  free(row);
  png_destroy_write_struct(&encoder, &information);
  if (fclose(file) != 0 && result == 0) result = -errno;
  return result;
}

int sotto_png_read(const char *path, uint32_t **pixels, uint32_t *width, uint32_t *height) {
  png_image image = {.version = PNG_IMAGE_VERSION};
  if (!png_image_begin_read_from_file(&image, path)) return -EINVAL;
  // Blue first in memory is 0xXXRRGGBB as a little-endian word.
  image.format = PNG_FORMAT_BGRA;
  uint32_t *memory = malloc(PNG_IMAGE_SIZE(image));
  if (!memory) {
    png_image_free(&image);
    return -ENOMEM;
  }
  if (!png_image_finish_read(&image, NULL, memory, 0, NULL)) {
    free(memory);
    return -EINVAL;
  }
  for (size_t index = 0; index < (size_t)image.width * image.height; index++) memory[index] &= 0xFFFFFF;
  *pixels = memory;
  *width = image.width;
  *height = image.height;
  return 0;
}

// MARK: Both

int sotto_picture_examine(
    const uint8_t *bytes, size_t count, struct sotto_picture *picture, char *message, size_t capacity) {
  memset(picture, 0, sizeof *picture);
  say(message, capacity, "");
  if (count >= 3 && bytes[0] == 0xFF && bytes[1] == 0xD8 && bytes[2] == 0xFF)
    return examine_jpeg(bytes, count, picture, message, capacity);
  if (count >= 8 && png_sig_cmp(bytes, 0, 8) == 0) return examine_png(bytes, count, picture, message, capacity);
  say(message, capacity, "it is neither a JPEG nor a PNG");
  return -EINVAL;
}

void sotto_picture_free(void *memory) { free(memory); }
