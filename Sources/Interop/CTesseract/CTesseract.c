#include "CTesseract.h"

// Of the OpenMP library that Tesseract brings along; absent when Tesseract was built without it.
extern void omp_set_max_active_levels(int levels) __attribute__((weak));

void sotto_tesseract_use_one_thread(void) {
  if (omp_set_max_active_levels) omp_set_max_active_levels(0);
}
