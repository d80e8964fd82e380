#pragma once

// Kernel mode setting (DRM/KMS) through libdrm: what a card has, dumb buffers, and commits that end with an event. Thin: no
// policy. Functions give 0 or more, or a negated error number.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: A card and what it has

// An open card with its lists as they were when it was opened.
struct sotto_drm;

// Opens `/dev/dri/cardN`. With `atomic` false the card is driven by the older calls even when it has the atomic ones.
// -ENODEV when it cannot set modes (a render-only device).
int sotto_drm_open(const char *path, bool atomic, struct sotto_drm **card);
// Takes nothing back from the screen: see `sotto_drm_give_back`.
void sotto_drm_close(struct sotto_drm *card);
// As `sotto_drm_close`, on a thread of its own: closing a card that does not finish its last commit can hold the caller for ten
// seconds in the kernel.
void sotto_drm_abandon(struct sotto_drm *card);
int sotto_drm_fd(const struct sotto_drm *card);
// The kernel driver's name, such as `vc4`.
const char *sotto_drm_driver(const struct sotto_drm *card);
bool sotto_drm_is_atomic(const struct sotto_drm *card);
bool sotto_drm_has_dumb_buffers(const struct sotto_drm *card);
bool sotto_drm_imports(const struct sotto_drm *card);

static const int32_t SOTTO_DRM_CONNECTED = 1;
static const int32_t SOTTO_DRM_DISCONNECTED = 2;

struct sotto_drm_connector {
  uint32_t id;
  char name[24];  // as the kernel names it: `DSI-1`
  int32_t status;
  uint32_t millimetres_wide;
  uint32_t millimetres_high;
  uint32_t crtcs;  // bit N: CRTC number N can drive it
  int32_t modes;
};

struct sotto_drm_mode {
  uint32_t width;
  uint32_t height;
  uint32_t millihertz;
  bool preferred;
  bool interlaced;
};

struct sotto_drm_plane {
  uint32_t id;
  uint32_t crtcs;
  bool is_primary;
  bool is_cursor;
  bool takes_damage;
  uint32_t rotations;  // bits SOTTO_DRM_TURN_*; 0 when it cannot turn
  int32_t formats;
};

// Counter-clockwise, as the kernel counts them (DRM_MODE_ROTATE_*).
static const uint32_t SOTTO_DRM_TURN_0 = 1;
static const uint32_t SOTTO_DRM_TURN_90 = 2;
static const uint32_t SOTTO_DRM_TURN_180 = 4;
static const uint32_t SOTTO_DRM_TURN_270 = 8;

int sotto_drm_connectors(const struct sotto_drm *card);
int sotto_drm_crtcs(const struct sotto_drm *card);
int sotto_drm_planes(const struct sotto_drm *card);
void sotto_drm_connector(const struct sotto_drm *card, int index, struct sotto_drm_connector *connector);
void sotto_drm_mode(const struct sotto_drm *card, int connector, int index, struct sotto_drm_mode *mode);
void sotto_drm_plane(const struct sotto_drm *card, int index, struct sotto_drm_plane *plane);
// A fourcc code.
uint32_t sotto_drm_plane_format(const struct sotto_drm *card, int plane, int index);
// Whether a connector is connected now, by what the kernel last saw; allocates nothing. 1 yes, 0 no.
int sotto_drm_is_connected(const struct sotto_drm *card, uint32_t connector);

extern const uint32_t SOTTO_DRM_XRGB8888;
extern const uint32_t SOTTO_DRM_RGB565;

// MARK: The screen

// Makes this program the one that sets modes. -EBUSY while another one is.
int sotto_drm_take_over(struct sotto_drm *card);
// Chooses the way of the picture (indices into the lists above) and keeps what was on the screen before.
int sotto_drm_route(struct sotto_drm *card, int connector, int mode, int crtc, int plane);
// Puts back what was on the screen before and lets others set modes. May wait for the hardware.
int sotto_drm_give_back(struct sotto_drm *card);

struct sotto_drm_buffer {
  uint32_t handle;
  uint32_t framebuffer;
  uint32_t stride;
  uint32_t width;
  uint32_t height;
  uint64_t size;
  uint8_t *pixels;  // NULL for an imported one
};

// A dumb buffer, mapped and black.
int sotto_drm_buffer_create(
    struct sotto_drm *card, uint32_t width, uint32_t height, uint32_t format, struct sotto_drm_buffer *buffer);

struct sotto_drm_import {
  int32_t dmabuf;  // stays the caller's
  uint32_t width;
  uint32_t height;
  uint32_t format;
  uint32_t planes;  // 1…3, all in the one dmabuf
  uint32_t strides[4];
  uint32_t offsets[4];
};
int sotto_drm_buffer_import(struct sotto_drm *card, const struct sotto_drm_import *import, struct sotto_drm_buffer *buffer);
void sotto_drm_buffer_destroy(struct sotto_drm *card, struct sotto_drm_buffer *buffer);
// Unmaps it only: the rest goes with the card, which is being abandoned.
void sotto_drm_buffer_forget(struct sotto_drm_buffer *buffer);

// As the kernel's drm_mode_rect.
struct sotto_drm_clip {
  int32_t x1;
  int32_t y1;
  int32_t x2;
  int32_t y2;
};

static const int32_t SOTTO_DRM_BUSY = -16;  // -EBUSY

// Puts a buffer on the routed screen. With `light` the mode is set and the screen goes on. `turn` is one of SOTTO_DRM_TURN_*.
// 1 when an event will tell that it is on the screen, 0 when it is there already (older calls). -EBUSY while an earlier commit has
// not ended. Does not wait, except with `light` on a card without atomic commits.
int sotto_drm_show(
    struct sotto_drm *card, const struct sotto_drm_buffer *buffer, bool light, uint32_t turn, const struct sotto_drm_clip *clips,
    int count);
// Switches connector, CRTC and plane off. 1 when an event will tell, 0 when it is done.
int sotto_drm_darken(struct sotto_drm *card);
// 1 when a commit has ended, 0 when there is nothing to read.
int sotto_drm_take_event(struct sotto_drm *card);
