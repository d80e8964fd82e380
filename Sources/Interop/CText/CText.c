#include "CText.h"

#include <dlfcn.h>
#include <fcft/fcft.h>
#include <pixman.h>
#include <pthread.h>
#include <stdbool.h>

// The libraries are opened when the first text is drawn. Linked in the ordinary way, fcft with what it needs (fontconfig,
// FreeType, HarfBuzz, GLib and more) would cost a process that has never drawn a letter 1.1 MB of proportional memory and
// a third of its private dirty pages, measured on Debian 12.

#define FUNCTIONS(USE) \
  USE(fcft_init) \
  USE(fcft_from_name) \
  USE(fcft_destroy) \
  USE(fcft_rasterize_text_run_utf32) \
  USE(fcft_text_run_destroy) \
  USE(fcft_rasterize_char_utf32) \
  USE(fcft_kerning) \
  USE(pixman_image_create_bits_no_clear) \
  USE(pixman_image_create_solid_fill) \
  USE(pixman_image_composite32) \
  USE(pixman_image_get_format) \
  USE(pixman_image_unref)

#define DECLARE(name) __typeof__(&name) name;
static struct {
  FUNCTIONS(DECLARE)
} library;

static bool open_library(void) {
  // The number is the binary interface of the header that this file was compiled with.
  void *handle = dlopen("libfcft.so.4", RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) return false;
  bool complete = true;
  // A look-up also searches what the library needs, so pixman's functions are found here as well.
#define FIND(name) complete = (library.name = (__typeof__(&name))dlsym(handle, #name)) != NULL && complete;
  FUNCTIONS(FIND)
  return complete;
}

static bool started = false;

static void start(void) {
  // Grey antialiasing and quiet: standard output and the log belong to the runtime.
  started = open_library() && library.fcft_init(FCFT_LOG_COLORIZE_NEVER, false, FCFT_LOG_CLASS_NONE);
}

bool ctext_start(void) {
  // The firmware has one thread, its tests have several.
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, start);
  return started;
}

CTextFont *ctext_open(const char *name, const char *attributes) {
  const char *names[] = {name};
  return library.fcft_from_name(1, names, attributes);
}

void ctext_close(CTextFont *font) { library.fcft_destroy(font); }
int32_t ctext_ascent(const CTextFont *font) { return font->ascent; }
int32_t ctext_descent(const CTextFont *font) { return font->descent; }
int32_t ctext_height(const CTextFont *font) { return font->height; }

static void draw_glyph(const struct fcft_glyph *glyph, pixman_image_t *source, pixman_image_t *target, int32_t x,
                       int32_t baseline) {
  int32_t left = x + glyph->x;
  int32_t top = baseline - glyph->y;
  if (library.pixman_image_get_format(glyph->pix) == PIXMAN_a8r8g8b8) {
    // A colour glyph (emoji) brings its own paint.
    library.pixman_image_composite32(PIXMAN_OP_OVER, glyph->pix, NULL, target, 0, 0, 0, 0, left, top, glyph->width, glyph->height);
  } else {
    library.pixman_image_composite32(PIXMAN_OP_OVER, source, glyph->pix, target, 0, 0, 0, 0, left, top, glyph->width, glyph->height);
  }
}

int32_t ctext_draw(CTextFont *font, const uint32_t *scalars, size_t count, uint32_t *pixels, int32_t width, int32_t height,
                   int32_t x, int32_t baseline, uint32_t colour) {
  pixman_image_t *target = NULL;
  pixman_image_t *source = NULL;
  if (count == 0) return 0;
  if (pixels != NULL) {
    pixman_color_t paint = {
        .red = (colour >> 16 & 0xff) * 0x101,
        .green = (colour >> 8 & 0xff) * 0x101,
        .blue = (colour & 0xff) * 0x101,
        .alpha = 0xffff,
    };
    target = library.pixman_image_create_bits_no_clear(PIXMAN_x8r8g8b8, width, height, pixels, width * 4);
    source = library.pixman_image_create_solid_fill(&paint);
  }
  bool draws = target != NULL && source != NULL;
  int32_t pen = x;
  struct fcft_text_run *run = library.fcft_rasterize_text_run_utf32(font, count, scalars, FCFT_SUBPIXEL_NONE);
  if (run != NULL) {
    for (size_t i = 0; i < run->count; i++) {
      if (draws) draw_glyph(run->glyphs[i], source, target, pen, baseline);
      pen += run->glyphs[i]->advance.x;
    }
    library.fcft_text_run_destroy(run);
  } else {
    // An fcft built without text-run shaping: scalar by scalar, with kerning.
    for (size_t i = 0; i < count; i++) {
      const struct fcft_glyph *glyph = library.fcft_rasterize_char_utf32(font, scalars[i], FCFT_SUBPIXEL_NONE);
      if (glyph == NULL) continue;
      long kern = 0;
      if (i > 0 && library.fcft_kerning(font, scalars[i - 1], scalars[i], &kern, NULL)) pen += (int32_t)kern;
      if (draws) draw_glyph(glyph, source, target, pen, baseline);
      pen += glyph->advance.x;
    }
  }
  if (source != NULL) library.pixman_image_unref(source);
  if (target != NULL) library.pixman_image_unref(target);
  return pen - x;
}
