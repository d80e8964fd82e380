#include "CImage.h"

#include "JPEGGuard.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Rows that one call of libjpeg takes: two rows of blocks of luma where chroma is halved vertically.
enum { ROWS = 2 * DCTSIZE };

struct sotto_jpeg_encoder {
  struct jpeg_compress_struct state;
  struct jpeg_guard guard;
  struct jpeg_destination_mgr target;
  uint8_t *rows;
  size_t rows_size;
};

static void begin_target(j_compress_ptr state) { (void)state; }
static void end_target(j_compress_ptr state) { (void)state; }

static boolean target_is_full(j_compress_ptr state) {
  // There is nothing to empty the memory into. The last byte tells which failure this was.
  struct sotto_jpeg_encoder *encoder = (struct sotto_jpeg_encoder *)state;
  encoder->target.free_in_buffer = SIZE_MAX;
  longjmp(encoder->guard.escape, 1);
}

struct sotto_jpeg_encoder *sotto_jpeg_encoder_create(void) {
  struct sotto_jpeg_encoder *encoder = calloc(1, sizeof *encoder);
  if (!encoder) return NULL;
  encoder->state.err = jpeg_guarded(&encoder->guard);
  if (setjmp(encoder->guard.escape)) {
    free(encoder);
    return NULL;
  }
  jpeg_create_compress(&encoder->state);
  encoder->target.init_destination = begin_target;
  encoder->target.empty_output_buffer = target_is_full;
  encoder->target.term_destination = end_target;
  encoder->state.dest = &encoder->target;
  return encoder;
}

void sotto_jpeg_encoder_destroy(struct sotto_jpeg_encoder *encoder) {
  jpeg_destroy_compress(&encoder->state);
  free(encoder->rows);
  free(encoder);
}

static void describe(struct sotto_jpeg_encoder *encoder, const struct sotto_camera_picture *picture, int quality) {
  j_compress_ptr state = &encoder->state;
  state->image_width = picture->width;
  state->image_height = picture->height;
  state->input_components = picture->blue ? 3 : 1;
  state->in_color_space = picture->blue ? JCS_YCbCr : JCS_GRAYSCALE;
  jpeg_set_defaults(state);
  jpeg_set_quality(state, quality, TRUE);
  state->dct_method = JDCT_ISLOW;
  state->raw_data_in = TRUE;
  state->comp_info[0].h_samp_factor = picture->blue ? (int)picture->across : 1;
  state->comp_info[0].v_samp_factor = picture->blue ? (int)picture->down : 1;
}

// Gathers `count` samples of a row and repeats the last one up to `padded`.
static void gather(uint8_t *target, const uint8_t *source, uint32_t step, uint32_t count, uint32_t padded) {
  if (step == 1) {
    memcpy(target, source, count);
  } else {
    for (uint32_t x = 0; x < count; x++) target[x] = source[(size_t)x * step];
  }
  memset(target + count, target[count - 1], padded - count);
}

static int64_t compress(struct sotto_jpeg_encoder *encoder, const struct sotto_camera_picture *picture) {
  j_compress_ptr state = &encoder->state;
  uint32_t down = picture->blue ? picture->down : 1, across = picture->blue ? picture->across : 1;
  uint32_t luma_padded = (picture->width + across * DCTSIZE - 1) / (across * DCTSIZE) * (across * DCTSIZE);
  uint32_t chroma_padded = luma_padded / across, chroma_width = (picture->width + across - 1) / across;
  uint32_t chroma_height = (picture->height + down - 1) / down;
  size_t needed = (size_t)ROWS * luma_padded + 2 * (size_t)DCTSIZE * chroma_padded;
  if (encoder->rows_size < needed) {
    uint8_t *larger = realloc(encoder->rows, needed);
    if (!larger) return -ENOMEM;
    encoder->rows = larger;
    encoder->rows_size = needed;
  }
  JSAMPROW luma[ROWS], blue[DCTSIZE], red[DCTSIZE];
  for (uint32_t row = 0; row < ROWS; row++) luma[row] = encoder->rows + (size_t)row * luma_padded;
  for (uint32_t row = 0; row < DCTSIZE; row++) {
    blue[row] = encoder->rows + (size_t)ROWS * luma_padded + (size_t)row * chroma_padded;
    red[row] = blue[row] + (size_t)DCTSIZE * chroma_padded;
  }
  JSAMPARRAY planes[3] = {luma, blue, red};
  jpeg_start_compress(state, TRUE);
  for (uint32_t top = 0; top < picture->height; top += down * DCTSIZE) {
    for (uint32_t row = 0; row < down * DCTSIZE; row++) {
      uint32_t y = top + row < picture->height ? top + row : picture->height - 1;
      gather(luma[row], picture->luma + (size_t)y * picture->luma_stride, picture->luma_step, picture->width, luma_padded);
    }
    for (uint32_t row = 0; picture->blue && row < DCTSIZE; row++) {
      uint32_t y = top / down + row < chroma_height ? top / down + row : chroma_height - 1;
      size_t place = (size_t)y * picture->chroma_stride;
      gather(blue[row], picture->blue + place, picture->chroma_step, chroma_width, chroma_padded);
      gather(red[row], picture->red + place, picture->chroma_step, chroma_width, chroma_padded);
    }
    jpeg_write_raw_data(state, planes, down * DCTSIZE);
  }
  jpeg_finish_compress(state);
  return 0;
}

int64_t sotto_jpeg_encode(
    struct sotto_jpeg_encoder *encoder, const struct sotto_camera_picture *picture, int quality, uint8_t *jpeg, size_t capacity) {
  bool fits = picture->width > 0 && picture->height > 0 && picture->width <= 16384 && picture->height <= 16384;
  bool samples = !picture->blue || (picture->across - 1 < 2 && picture->down - 1 < 2);
  if (!fits || !samples || capacity == 0) return -EINVAL;
  encoder->target.next_output_byte = jpeg;
  encoder->target.free_in_buffer = capacity;
  if (setjmp(encoder->guard.escape)) {
    jpeg_abort_compress(&encoder->state);
    return encoder->target.free_in_buffer == SIZE_MAX ? -ENOSPC : -EINVAL;
  }
  describe(encoder, picture, quality);
  int64_t result = compress(encoder, picture);
  if (result < 0) {
    jpeg_abort_compress(&encoder->state);
    return result;
  }
  return (int64_t)(capacity - encoder->target.free_in_buffer);
}

// MARK: Reading planes

int sotto_jpeg_read_planes(const uint8_t *jpeg, size_t count, struct sotto_jpeg_planes *planes) {
  struct jpeg_decompress_struct decoder;
  struct jpeg_guard guard;
  memset(planes, 0, sizeof *planes);
  decoder.err = jpeg_guarded(&guard);
  if (setjmp(guard.escape)) {
    jpeg_destroy_decompress(&decoder);
    free(planes->bytes);
    planes->bytes = NULL;
    return -EINVAL;
  }
  jpeg_create_decompress(&decoder);
  jpeg_mem_src(&decoder, jpeg, count);
  jpeg_read_header(&decoder, TRUE);
  decoder.raw_data_out = TRUE;
  decoder.dct_method = JDCT_ISLOW;
  jpeg_start_decompress(&decoder);
  planes->components = decoder.num_components < 3 ? 1 : 3;
  size_t start[3], total = 0;
  for (int index = 0; index < planes->components; index++) {
    // Whole rows of blocks, as the decoder writes them.
    planes->width[index] = decoder.comp_info[index].width_in_blocks * DCTSIZE;
    uint32_t step = (uint32_t)decoder.comp_info[index].v_samp_factor * DCTSIZE;
    planes->height[index] = decoder.total_iMCU_rows * step;
    // The decoder may write past the last block up to a whole group of them.
    uint32_t group = (uint32_t)decoder.comp_info[index].h_samp_factor * DCTSIZE;
    planes->width[index] = (planes->width[index] + group - 1) / group * group;
    start[index] = total;
    total += (size_t)planes->width[index] * planes->height[index];
  }
  planes->bytes = malloc(total);
  if (!planes->bytes) longjmp(guard.escape, 1);
  JSAMPROW rows[3][ROWS];
  JSAMPARRAY arrays[3] = {rows[0], rows[1], rows[2]};
  for (uint32_t group = 0; decoder.output_scanline < decoder.output_height; group++) {
    for (int index = 0; index < planes->components; index++) {
      uint32_t step = (uint32_t)decoder.comp_info[index].v_samp_factor * DCTSIZE;
      for (uint32_t row = 0; row < step; row++)
        rows[index][row] = planes->bytes + start[index] + ((size_t)group * step + row) * planes->width[index];
    }
    jpeg_read_raw_data(&decoder, arrays, (JDIMENSION)decoder.max_v_samp_factor * DCTSIZE);
  }
  jpeg_finish_decompress(&decoder);
  jpeg_destroy_decompress(&decoder);
  return 0;
}
