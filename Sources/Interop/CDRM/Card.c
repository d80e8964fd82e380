#include "Internal.h"

#include <libdrm/drm_fourcc.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const uint32_t SOTTO_DRM_XRGB8888 = DRM_FORMAT_XRGB8888;
const uint32_t SOTTO_DRM_RGB565 = DRM_FORMAT_RGB565;

static int read_lists(struct sotto_drm *card) {
  card->resources = drmModeGetResources(card->fd);
  if (!card->resources) return errno == EINVAL || errno == EOPNOTSUPP ? -ENODEV : -errno;
  card->connectors = calloc((size_t)card->resources->count_connectors + 1, sizeof *card->connectors);
  if (!card->connectors) return -ENOMEM;
  for (int index = 0; index < card->resources->count_connectors; index++) {
    card->connectors[index] = drmModeGetConnector(card->fd, card->resources->connectors[index]);
    if (!card->connectors[index]) return -errno;
  }
  drmModePlaneRes *planes = drmModeGetPlaneResources(card->fd);
  if (!planes) return -errno;
  card->planes = calloc(planes->count_planes + 1, sizeof *card->planes);
  int result = card->planes ? 0 : -ENOMEM;
  for (uint32_t index = 0; result == 0 && index < planes->count_planes; index++) {
    card->planes[index] = drmModeGetPlane(card->fd, planes->planes[index]);
    if (card->planes[index]) card->plane_count++;
    else result = -errno;
  }
  drmModeFreePlaneResources(planes);
  return result;
}

int sotto_drm_open(const char *path, bool atomic, struct sotto_drm **result) {
  struct sotto_drm *card = calloc(1, sizeof *card);
  if (!card) return -ENOMEM;
  do {
    card->fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
  } while (card->fd < 0 && errno == EINTR);
  int error = card->fd < 0 ? -errno : 0;
  if (error == 0) {
    drmVersion *version = drmGetVersion(card->fd);
    if (version) {
      snprintf(card->driver, sizeof card->driver, "%.*s", version->name_len, version->name);
      drmFreeVersion(version);
    } else {
      error = -ENODEV;
    }
  }
  if (error == 0) {
    // Without it the kernel lists overlay planes only.
    drmSetClientCap(card->fd, DRM_CLIENT_CAP_UNIVERSAL_PLANES, 1);
    card->atomic = atomic && drmSetClientCap(card->fd, DRM_CLIENT_CAP_ATOMIC, 1) == 0;
    error = read_lists(card);
  }
  if (error == 0) *result = card;
  else sotto_drm_close(card);
  return error;
}

void sotto_drm_close(struct sotto_drm *card) {
  if (!card) return;
  if (card->mode_blob) drmModeDestroyPropertyBlob(card->fd, card->mode_blob);
  if (card->before) drmModeFreeCrtc(card->before);
  for (int index = 0; index < card->plane_count; index++) drmModeFreePlane(card->planes[index]);
  free(card->planes);
  for (int index = 0; card->connectors && index < card->resources->count_connectors; index++)
    if (card->connectors[index]) drmModeFreeConnector(card->connectors[index]);
  free(card->connectors);
  if (card->resources) drmModeFreeResources(card->resources);
  if (card->fd >= 0) close(card->fd);
  free(card);
}

static void *close_card(void *card) {
  sotto_drm_close(card);
  return NULL;
}

void sotto_drm_abandon(struct sotto_drm *card) {
  pthread_attr_t attributes;
  pthread_t thread;
  pthread_attr_init(&attributes);
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  if (pthread_create(&thread, &attributes, close_card, card) != 0) sotto_drm_close(card);
  pthread_attr_destroy(&attributes);
}

int sotto_drm_fd(const struct sotto_drm *card) { return card->fd; }
const char *sotto_drm_driver(const struct sotto_drm *card) { return card->driver; }
bool sotto_drm_is_atomic(const struct sotto_drm *card) { return card->atomic; }

static bool has(const struct sotto_drm *card, uint64_t capability, uint64_t bits) {
  uint64_t value = 0;
  return drmGetCap(card->fd, capability, &value) == 0 && (value & bits) != 0;
}

bool sotto_drm_has_dumb_buffers(const struct sotto_drm *card) { return has(card, DRM_CAP_DUMB_BUFFER, 1); }
bool sotto_drm_imports(const struct sotto_drm *card) { return has(card, DRM_CAP_PRIME, DRM_PRIME_CAP_IMPORT); }

int sotto_drm_connectors(const struct sotto_drm *card) { return card->resources->count_connectors; }
int sotto_drm_crtcs(const struct sotto_drm *card) { return card->resources->count_crtcs; }
int sotto_drm_planes(const struct sotto_drm *card) { return card->plane_count; }

void sotto_drm_connector(const struct sotto_drm *card, int index, struct sotto_drm_connector *connector) {
  const drmModeConnector *found = card->connectors[index];
  const char *type = drmModeGetConnectorTypeName(found->connector_type);
  memset(connector, 0, sizeof *connector);
  connector->id = found->connector_id;
  snprintf(connector->name, sizeof connector->name, "%s-%u", type ? type : "Unknown", found->connector_type_id);
  connector->status = (int32_t)found->connection;
  connector->millimetres_wide = found->mmWidth;
  connector->millimetres_high = found->mmHeight;
  connector->crtcs = drmModeConnectorGetPossibleCrtcs(card->fd, found);
  connector->modes = found->count_modes;
}

void sotto_drm_mode(const struct sotto_drm *card, int connector, int index, struct sotto_drm_mode *mode) {
  const drmModeModeInfo *found = &card->connectors[connector]->modes[index];
  uint64_t dots = (uint64_t)found->htotal * found->vtotal;
  mode->width = found->hdisplay;
  mode->height = found->vdisplay;
  mode->millihertz = dots ? (uint32_t)((uint64_t)found->clock * 1000000 / dots) : found->vrefresh * 1000;
  mode->preferred = (found->type & DRM_MODE_TYPE_PREFERRED) != 0;
  mode->interlaced = (found->flags & DRM_MODE_FLAG_INTERLACE) != 0;
}

uint32_t sotto_drm_property(int fd, uint32_t object, uint32_t type, const char *name, uint64_t *value) {
  drmModeObjectProperties *list = drmModeObjectGetProperties(fd, object, type);
  uint32_t found = 0;
  for (uint32_t index = 0; list && !found && index < list->count_props; index++) {
    drmModePropertyRes *property = drmModeGetProperty(fd, list->props[index]);
    if (property && strcmp(property->name, name) == 0) {
      found = property->prop_id;
      if (value) *value = list->prop_values[index];
    }
    drmModeFreeProperty(property);
  }
  if (list) drmModeFreeObjectProperties(list);
  return found;
}

// Bits of the turns that a plane can make. The property is a bit mask whose enumerators are numbers of bits.
static uint32_t turns(int fd, uint32_t plane) {
  uint32_t identifier = sotto_drm_property(fd, plane, DRM_MODE_OBJECT_PLANE, "rotation", NULL);
  drmModePropertyRes *property = identifier ? drmModeGetProperty(fd, identifier) : NULL;
  uint32_t bits = 0;
  for (int index = 0; property && index < property->count_enums; index++)
    if (property->enums[index].value < 4) bits |= 1u << property->enums[index].value;
  drmModeFreeProperty(property);
  return bits;
}

void sotto_drm_plane(const struct sotto_drm *card, int index, struct sotto_drm_plane *plane) {
  const drmModePlane *found = card->planes[index];
  uint64_t type = DRM_PLANE_TYPE_OVERLAY;
  sotto_drm_property(card->fd, found->plane_id, DRM_MODE_OBJECT_PLANE, "type", &type);
  plane->id = found->plane_id;
  plane->crtcs = found->possible_crtcs;
  plane->is_primary = type == DRM_PLANE_TYPE_PRIMARY;
  plane->is_cursor = type == DRM_PLANE_TYPE_CURSOR;
  plane->takes_damage = sotto_drm_property(card->fd, found->plane_id, DRM_MODE_OBJECT_PLANE, "FB_DAMAGE_CLIPS", NULL) != 0;
  plane->rotations = turns(card->fd, found->plane_id);
  plane->formats = (int32_t)found->count_formats;
}

uint32_t sotto_drm_plane_format(const struct sotto_drm *card, int plane, int index) { return card->planes[plane]->formats[index]; }

int sotto_drm_is_connected(const struct sotto_drm *card, uint32_t connector) {
  struct drm_mode_modeinfo room;
  // Room for one mode keeps the kernel from asking the screen anew, which takes long.
  struct drm_mode_get_connector query = {.connector_id = connector, .count_modes = 1, .modes_ptr = (uint64_t)(uintptr_t)&room};
  if (drmIoctl(card->fd, DRM_IOCTL_MODE_GETCONNECTOR, &query) != 0) return -errno;
  return query.connection != DRM_MODE_DISCONNECTED;
}
