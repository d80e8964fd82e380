#pragma once

#include "CDRM.h"

#include <xf86drm.h>
#include <xf86drmMode.h>

// Identifiers of the properties that a commit sets; 0 where the object does not have one.
struct sotto_drm_properties {
  uint32_t connector_crtc;
  uint32_t crtc_active, crtc_mode;
  uint32_t plane_framebuffer, plane_crtc;
  uint32_t plane_source[4], plane_target[4];  // x, y, width, height
  uint32_t plane_turn, plane_clips;
};

struct sotto_drm {
  int fd;
  bool atomic;
  char driver[32];
  drmModeRes *resources;
  drmModeConnector **connectors;  // as many as resources->count_connectors
  int plane_count;
  drmModePlane **planes;

  // The way of the picture.
  uint32_t connector, crtc, plane;
  drmModeModeInfo mode;
  uint32_t mode_blob;
  struct sotto_drm_properties properties;
  drmModeCrtc *before;
  uint32_t connector_before;
};

// The identifier of a property of an object, 0 when it has none; `value` (may be NULL) gets what it is set to.
uint32_t sotto_drm_property(int fd, uint32_t object, uint32_t type, const char *name, uint64_t *value);
