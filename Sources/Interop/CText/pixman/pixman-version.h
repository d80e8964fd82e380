// Asked for by <pixman-1/pixman.h>; see pixman.h beside this file.
#include <pixman-1/pixman-version.h>
