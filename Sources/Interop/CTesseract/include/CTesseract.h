#pragma once

// Text in pictures: Tesseract's C API, and leptonica to decode and prepare the picture. The functions import as they are.
#include <leptonica/allheaders.h>
#include <tesseract/capi.h>
