// Asked for by <xf86drm.h>, which Debian keeps one folder up; pkg-config's search path would differ between the build machine
// and the arm64 sysroot, this does not.
#include <libdrm/drm.h>
