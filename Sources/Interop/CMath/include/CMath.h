// The few functions of the C mathematics library that tables are made with. Never called while sound is processed.
#ifndef SOTTO_CMATH_H
#define SOTTO_CMATH_H

double sotto_cosine(double angle);
double sotto_sine(double angle);
/// ln(1 + x)
float sotto_log1p(float x);
double sotto_log2(double x);
float sotto_cosine_float(float angle);
/// Of -1 … 1, in radians.
float sotto_arcsine(float x);
float sotto_power(float base, float exponent);
float sotto_exponential(float x);
/// The number that `text`, which ends with a zero byte, is the decimal form of: nearest, as everyone reads it.
double sotto_number(const char *text);

#endif
