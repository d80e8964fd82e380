#pragma once

// Text in pictures: Tesseract's C API, and leptonica to decode and prepare the picture. The functions import as they are.
#include <leptonica/allheaders.h>
#include <tesseract/capi.h>

// Tesseract divides even short lines among four threads, which on two cores is up to four times slower than one. Its OpenMP
// library takes this from the environment before `main`, or by this call on the thread that will use Tesseract.
void sotto_tesseract_use_one_thread(void);
