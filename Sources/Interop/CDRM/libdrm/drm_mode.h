// Asked for by <xf86drmMode.h>; see drm.h beside this file.
#include <libdrm/drm_mode.h>
