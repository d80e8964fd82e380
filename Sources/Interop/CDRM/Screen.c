#include "Internal.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

// MARK: Taking over and giving back

int sotto_drm_take_over(struct sotto_drm *card) {
  // The first to open a card is its master already.
  if (drmIsMaster(card->fd)) return 0;
  if (drmSetMaster(card->fd) == 0) return 0;
  return errno == EACCES || errno == EPERM || errno == EINVAL ? -EBUSY : -errno;
}

static void find_properties(struct sotto_drm *card) {
  struct sotto_drm_properties *found = &card->properties;
  static const char *const source[4] = {"SRC_X", "SRC_Y", "SRC_W", "SRC_H"};
  static const char *const target[4] = {"CRTC_X", "CRTC_Y", "CRTC_W", "CRTC_H"};
  found->connector_crtc = sotto_drm_property(card->fd, card->connector, DRM_MODE_OBJECT_CONNECTOR, "CRTC_ID", NULL);
  found->crtc_active = sotto_drm_property(card->fd, card->crtc, DRM_MODE_OBJECT_CRTC, "ACTIVE", NULL);
  found->crtc_mode = sotto_drm_property(card->fd, card->crtc, DRM_MODE_OBJECT_CRTC, "MODE_ID", NULL);
  found->plane_framebuffer = sotto_drm_property(card->fd, card->plane, DRM_MODE_OBJECT_PLANE, "FB_ID", NULL);
  found->plane_crtc = sotto_drm_property(card->fd, card->plane, DRM_MODE_OBJECT_PLANE, "CRTC_ID", NULL);
  found->plane_turn = sotto_drm_property(card->fd, card->plane, DRM_MODE_OBJECT_PLANE, "rotation", NULL);
  found->plane_clips = sotto_drm_property(card->fd, card->plane, DRM_MODE_OBJECT_PLANE, "FB_DAMAGE_CLIPS", NULL);
  for (int index = 0; index < 4; index++) {
    found->plane_source[index] = sotto_drm_property(card->fd, card->plane, DRM_MODE_OBJECT_PLANE, source[index], NULL);
    found->plane_target[index] = sotto_drm_property(card->fd, card->plane, DRM_MODE_OBJECT_PLANE, target[index], NULL);
  }
}

int sotto_drm_route(struct sotto_drm *card, int connector, int mode, int crtc, int plane) {
  card->connector = card->connectors[connector]->connector_id;
  card->crtc = card->resources->crtcs[crtc];
  card->plane = card->planes[plane]->plane_id;
  card->mode = card->connectors[connector]->modes[mode];
  if (card->before) drmModeFreeCrtc(card->before);
  card->before = drmModeGetCrtc(card->fd, card->crtc);
  if (!card->before) return -errno;
  if (!card->atomic) return 0;
  find_properties(card);
  if (card->mode_blob) drmModeDestroyPropertyBlob(card->fd, card->mode_blob);
  card->mode_blob = 0;
  return drmModeCreatePropertyBlob(card->fd, &card->mode, sizeof card->mode, &card->mode_blob);
}

int sotto_drm_give_back(struct sotto_drm *card) {
  int result = 0;
  if (card->before) {
    drmModeCrtc *before = card->before;
    bool had_picture = before->mode_valid && before->buffer_id != 0;
    result = had_picture
        ? drmModeSetCrtc(card->fd, before->crtc_id, before->buffer_id, before->x, before->y, &card->connector, 1, &before->mode)
        : drmModeSetCrtc(card->fd, before->crtc_id, 0, 0, 0, NULL, 0, NULL);
  }
  drmDropMaster(card->fd);
  return result;
}

// MARK: Buffers

static uint32_t bits_per_pixel(uint32_t format) { return format == SOTTO_DRM_RGB565 ? 16 : 32; }

int sotto_drm_buffer_create(
    struct sotto_drm *card, uint32_t width, uint32_t height, uint32_t format, struct sotto_drm_buffer *buffer) {
  memset(buffer, 0, sizeof *buffer);
  buffer->width = width;
  buffer->height = height;
  struct drm_mode_create_dumb create = {.width = width, .height = height, .bpp = bits_per_pixel(format)};
  if (drmIoctl(card->fd, DRM_IOCTL_MODE_CREATE_DUMB, &create) != 0) return -errno;
  buffer->handle = create.handle;
  buffer->stride = create.pitch;
  buffer->size = create.size;
  const uint32_t handles[4] = {create.handle}, strides[4] = {create.pitch}, offsets[4] = {0};
  int result = drmModeAddFB2(card->fd, width, height, format, handles, strides, offsets, &buffer->framebuffer, 0);
  struct drm_mode_map_dumb map = {.handle = create.handle};
  if (result == 0 && drmIoctl(card->fd, DRM_IOCTL_MODE_MAP_DUMB, &map) != 0) result = -errno;
  if (result == 0) {
    void *pixels = mmap(NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED, card->fd, (off_t)map.offset);
    if (pixels == MAP_FAILED) {
      result = -errno;
    } else {
      buffer->pixels = pixels;
      memset(pixels, 0, buffer->size);
    }
  }
  if (result != 0) sotto_drm_buffer_destroy(card, buffer);
  return result;
}

int sotto_drm_buffer_import(struct sotto_drm *card, const struct sotto_drm_import *import, struct sotto_drm_buffer *buffer) {
  memset(buffer, 0, sizeof *buffer);
  buffer->width = import->width;
  buffer->height = import->height;
  buffer->stride = import->strides[0];
  int result = drmPrimeFDToHandle(card->fd, import->dmabuf, &buffer->handle);
  if (result != 0) return errno ? -errno : result;
  uint32_t handles[4] = {0};
  for (uint32_t index = 0; index < import->planes && index < 4; index++) handles[index] = buffer->handle;
  result = drmModeAddFB2(
      card->fd, import->width, import->height, import->format, handles, import->strides, import->offsets, &buffer->framebuffer, 0);
  if (result != 0) sotto_drm_buffer_destroy(card, buffer);
  return result;
}

void sotto_drm_buffer_destroy(struct sotto_drm *card, struct sotto_drm_buffer *buffer) {
  if (buffer->pixels) munmap(buffer->pixels, buffer->size);
  if (buffer->framebuffer) drmModeRmFB(card->fd, buffer->framebuffer);
  // A handle of an imported buffer is closed this way, too.
  if (buffer->handle) drmCloseBufferHandle(card->fd, buffer->handle);
  memset(buffer, 0, sizeof *buffer);
}

void sotto_drm_buffer_forget(struct sotto_drm_buffer *buffer) {
  if (buffer->pixels) munmap(buffer->pixels, buffer->size);
  memset(buffer, 0, sizeof *buffer);
}

// MARK: Commits

// One atomic commit under construction: objects with their properties, in the kernel's own layout, without memory of malloc.
struct commit {
  uint32_t objects[3], counts[3];
  uint32_t properties[24];
  uint64_t values[24];
  uint32_t object_count, property_count;
};

static void begin_object(struct commit *commit, uint32_t object) {
  commit->objects[commit->object_count] = object;
  commit->counts[commit->object_count++] = 0;
}

static void set(struct commit *commit, uint32_t property, uint64_t value) {
  if (property == 0) return;
  commit->properties[commit->property_count] = property;
  commit->values[commit->property_count++] = value;
  commit->counts[commit->object_count - 1]++;
}

// drmModeAtomicCommit would allocate each time.
static int send(const struct sotto_drm *card, struct commit *commit, bool sets_mode) {
  struct drm_mode_atomic request = {
      .flags = DRM_MODE_ATOMIC_NONBLOCK | DRM_MODE_PAGE_FLIP_EVENT | (sets_mode ? DRM_MODE_ATOMIC_ALLOW_MODESET : 0),
      .count_objs = commit->object_count,
      .objs_ptr = (uint64_t)(uintptr_t)commit->objects,
      .count_props_ptr = (uint64_t)(uintptr_t)commit->counts,
      .props_ptr = (uint64_t)(uintptr_t)commit->properties,
      .prop_values_ptr = (uint64_t)(uintptr_t)commit->values,
  };
  return drmIoctl(card->fd, DRM_IOCTL_MODE_ATOMIC, &request) == 0 ? 1 : -errno;
}

static int show_atomic(
    struct sotto_drm *card, const struct sotto_drm_buffer *buffer, bool light, uint32_t turn, const struct sotto_drm_clip *clips,
    int count) {
  const struct sotto_drm_properties *properties = &card->properties;
  struct commit commit = {0};
  if (light) {
    begin_object(&commit, card->connector);
    set(&commit, properties->connector_crtc, card->crtc);
    begin_object(&commit, card->crtc);
    set(&commit, properties->crtc_mode, card->mode_blob);
    set(&commit, properties->crtc_active, 1);
  }
  // The source is counted in 16.16 fixed point.
  const uint64_t source[4] = {0, 0, (uint64_t)buffer->width << 16, (uint64_t)buffer->height << 16};
  const uint64_t target[4] = {0, 0, card->mode.hdisplay, card->mode.vdisplay};
  begin_object(&commit, card->plane);
  set(&commit, properties->plane_framebuffer, buffer->framebuffer);
  set(&commit, properties->plane_crtc, card->crtc);
  for (int index = 0; index < 4; index++) {
    set(&commit, properties->plane_source[index], source[index]);
    set(&commit, properties->plane_target[index], target[index]);
  }
  set(&commit, properties->plane_turn, turn);
  uint32_t blob = 0;
  if (!light && count > 0 && properties->plane_clips) {
    struct drm_mode_create_blob create = {
        .data = (uint64_t)(uintptr_t)clips, .length = (uint32_t)count * (uint32_t)sizeof *clips};
    if (drmIoctl(card->fd, DRM_IOCTL_MODE_CREATEPROPBLOB, &create) == 0) blob = create.blob_id;
  }
  // Without a list all of it counts as changed: set to nothing, so that no older list stays.
  set(&commit, properties->plane_clips, blob);
  int result = send(card, &commit, light);
  if (blob) drmModeDestroyPropertyBlob(card->fd, blob);
  return result;
}

static int show_by_older_calls(struct sotto_drm *card, const struct sotto_drm_buffer *buffer, bool light) {
  if (!light) {
    int result = drmModePageFlip(card->fd, card->crtc, buffer->framebuffer, DRM_MODE_PAGE_FLIP_EVENT, NULL);
    if (result == 0) return 1;
    // A driver without page flips takes the same mode with another buffer.
    if (result != -EINVAL && result != -ENOSYS && result != -EOPNOTSUPP) return result;
  }
  return drmModeSetCrtc(card->fd, card->crtc, buffer->framebuffer, 0, 0, &card->connector, 1, &card->mode);
}

int sotto_drm_show(
    struct sotto_drm *card, const struct sotto_drm_buffer *buffer, bool light, uint32_t turn, const struct sotto_drm_clip *clips,
    int count) {
  return card->atomic ? show_atomic(card, buffer, light, turn, clips, count) : show_by_older_calls(card, buffer, light);
}

int sotto_drm_darken(struct sotto_drm *card) {
  if (!card->atomic) return drmModeSetCrtc(card->fd, card->crtc, 0, 0, 0, NULL, 0, NULL);
  const struct sotto_drm_properties *properties = &card->properties;
  struct commit commit = {0};
  begin_object(&commit, card->connector);
  set(&commit, properties->connector_crtc, 0);
  begin_object(&commit, card->crtc);
  set(&commit, properties->crtc_mode, 0);
  set(&commit, properties->crtc_active, 0);
  begin_object(&commit, card->plane);
  set(&commit, properties->plane_framebuffer, 0);
  set(&commit, properties->plane_crtc, 0);
  return send(card, &commit, true);
}

int sotto_drm_take_event(struct sotto_drm *card) {
  // One event is 32 bytes; the kernel gives whole ones only.
  _Alignas(8) char bytes[32];
  for (;;) {
    ssize_t count = read(card->fd, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno == EAGAIN ? 0 : -errno;
    if (count == 0) return 0;
    const struct drm_event *event = (const struct drm_event *)bytes;
    if ((size_t)count >= sizeof *event && event->type == DRM_EVENT_FLIP_COMPLETE) return 1;
  }
}
