#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Text drawing with fcft and pixman. Nothing is touched (no library, no fontconfig, no font file, no log line) before
// `ctext_start`; the other functions need its success.

/// Opens the libraries and starts the font machinery once, silently; further calls are free. Returns false when it cannot be
/// started; then it is not tried again.
bool ctext_start(void);

typedef struct fcft_font CTextFont;

/// Opens a font by fontconfig name with attributes, for example `sans-serif` and `pixelsize=20:weight=bold`.
/// Returns NULL when no font is installed.
CTextFont *ctext_open(const char *name, const char *attributes);
void ctext_close(CTextFont *font);

/// Pixels above and below the baseline, and between two baselines.
int32_t ctext_ascent(const CTextFont *font);
int32_t ctext_descent(const CTextFont *font);
int32_t ctext_height(const CTextFont *font);

/// Draws `count` Unicode scalars, shaped, with the origin of the first at (x, baseline), in `colour` (0x00RRGGBB), over
/// XRGB8888 pixels of `width`×`height`; what lies outside is clipped. Returns the advance in pixels.
/// With `pixels` NULL it only measures. Scalars without a glyph in any font are left out.
int32_t ctext_draw(CTextFont *font, const uint32_t *scalars, size_t count, uint32_t *pixels, int32_t width, int32_t height,
                   int32_t x, int32_t baseline, uint32_t colour);
