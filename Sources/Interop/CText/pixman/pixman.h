// fcft's header asks for <pixman.h>, which Debian keeps one folder down; pkg-config's search path would differ between the
// build machine and the arm64 sysroot, this does not.
#include <pixman-1/pixman.h>
