#include "CMath.h"

#include <math.h>
#include <stdlib.h>

double sotto_cosine(double angle) { return cos(angle); }
double sotto_sine(double angle) { return sin(angle); }
float sotto_log1p(float x) { return log1pf(x); }
float sotto_cosine_float(float angle) { return cosf(angle); }
double sotto_log2(double x) { return log2(x); }
float sotto_arcsine(float x) { return asinf(x); }
float sotto_power(float base, float exponent) { return powf(base, exponent); }
float sotto_exponential(float x) { return expf(x); }
double sotto_number(const char *text) { return strtod(text, NULL); }
