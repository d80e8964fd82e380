#include "CImage.h"

#include "JPEGGuard.h"

#include <errno.h>
#include <stdlib.h>

int sotto_jpeg_to_pixels(const uint8_t *jpeg, size_t count, uint32_t **pixels, uint32_t *width, uint32_t *height) {
  struct jpeg_decompress_struct info;
  struct jpeg_guard guard;
  // Volatile: they are changed between setjmp and longjmp.
  uint8_t *volatile row = NULL;
  uint32_t *volatile result = NULL;
  info.err = jpeg_guarded(&guard);
  if (setjmp(guard.escape)) {
    jpeg_destroy_decompress(&info);
    free(row);
    free(result);
    return -EINVAL;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, jpeg, count);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  row = malloc((size_t)info.output_width * 3);
  result = malloc((size_t)info.output_width * info.output_height * sizeof *result);
  if (!row || !result) longjmp(guard.escape, 1);
  while (info.output_scanline < info.output_height) {
    uint32_t *out = result + (size_t)info.output_scanline * info.output_width;
    JSAMPROW rows[1] = {row};
    jpeg_read_scanlines(&info, rows, 1);
    for (uint32_t x = 0; x < info.output_width; x++)
      out[x] = (uint32_t)row[3 * x] << 16 | (uint32_t)row[3 * x + 1] << 8 | row[3 * x + 2];
  }
  *width = info.output_width;
  *height = info.output_height;
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
  free(row);
  *pixels = result;
  return 0;
}
