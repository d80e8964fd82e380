// The few vector instructions that compilers do not find by themselves: they decide what the wake word costs. Each has a plain form beside those for
// the processors that Sotto is built for, with the same results.
#ifndef SOTTO_CVECTOR_H
#define SOTTO_CVECTOR_H

#include <stdint.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__ARM_NEON)
#include <arm_neon.h>
#endif

typedef int16_t sotto_int16x8 __attribute__((ext_vector_type(8)));
typedef int32_t sotto_int32x4 __attribute__((ext_vector_type(4)));

/// For each pair of neighbours the sum of their products.
static inline __attribute__((always_inline)) sotto_int32x4 sotto_pair_sums(sotto_int16x8 a, sotto_int16x8 b) {
#if defined(__SSE2__)
  return (sotto_int32x4)_mm_madd_epi16((__m128i)a, (__m128i)b);
#elif defined(__ARM_NEON)
  int32x4_t low = vmull_s16(vget_low_s16((int16x8_t)a), vget_low_s16((int16x8_t)b));
  int32x4_t high = vmull_s16(vget_high_s16((int16x8_t)a), vget_high_s16((int16x8_t)b));
  return (sotto_int32x4)vpaddq_s32(low, high);
#else
  sotto_int32x4 sums;
  for (int lane = 0; lane < 4; lane++) sums[lane] = a[2 * lane] * b[2 * lane] + a[2 * lane + 1] * b[2 * lane + 1];
  return sums;
#endif
}

typedef struct {
  sotto_int16x8 low, high;
} sotto_int16x8x2;

/// Two rows of eight signed bytes as pairs, one of each, widened: the pairs of the first four places and of the last four.
static inline __attribute__((always_inline)) sotto_int16x8x2 sotto_paired_rows(const int8_t *a, const int8_t *b) {
  sotto_int16x8x2 pairs;
#if defined(__SSE2__)
  __m128i bytes = _mm_unpacklo_epi8(_mm_loadl_epi64((const __m128i *)a), _mm_loadl_epi64((const __m128i *)b));
  pairs.low = (sotto_int16x8)_mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
  pairs.high = (sotto_int16x8)_mm_srai_epi16(_mm_unpackhi_epi8(bytes, bytes), 8);
#elif defined(__ARM_NEON)
  int8x8x2_t bytes = vzip_s8(vld1_s8(a), vld1_s8(b));
  pairs.low = (sotto_int16x8)vmovl_s8(bytes.val[0]);
  pairs.high = (sotto_int16x8)vmovl_s8(bytes.val[1]);
#else
  for (int lane = 0; lane < 4; lane++) {
    pairs.low[2 * lane] = a[lane];
    pairs.low[2 * lane + 1] = b[lane];
    pairs.high[2 * lane] = a[lane + 4];
    pairs.high[2 * lane + 1] = b[lane + 4];
  }
#endif
  return pairs;
}

/// The upper halves of the products: (a * b) >> 16.
static inline __attribute__((always_inline)) sotto_int16x8 sotto_high_products(sotto_int16x8 a, sotto_int16x8 b) {
#if defined(__SSE2__)
  return (sotto_int16x8)_mm_mulhi_epi16((__m128i)a, (__m128i)b);
#elif defined(__ARM_NEON)
  int32x4_t low = vmull_s16(vget_low_s16((int16x8_t)a), vget_low_s16((int16x8_t)b));
  int32x4_t high = vmull_s16(vget_high_s16((int16x8_t)a), vget_high_s16((int16x8_t)b));
  return (sotto_int16x8)vcombine_s16(vshrn_n_s32(low, 16), vshrn_n_s32(high, 16));
#else
  sotto_int16x8 products;
  for (int lane = 0; lane < 8; lane++) products[lane] = (int16_t)((a[lane] * b[lane]) >> 16);
  return products;
#endif
}

/// What brings four accumulators back to eight bits: the multipliers' fractions (below 2^31) and their shifts to the right, 0 to 31, with what
/// follows from them: half of 2^shift (0 for no shift) and 2^(31 - shift).
typedef struct {
  sotto_int32x4 factor, shift, half, power;
} sotto_output_scale;

/// Four accumulators times their multipliers, rounded after the product and again, halves away from zero, after the shift; then moved by
/// `zero` and held between `smallest` and `largest`. The results are four signed bytes, the first the lowest.
static inline __attribute__((always_inline)) uint32_t sotto_output(
    sotto_int32x4 sums, const sotto_output_scale *scale, int32_t zero, int16_t smallest, int16_t largest) {
#if defined(__SSE2__)
  const __m128i sign = _mm_set1_epi32(INT32_MIN);
  const __m128i low = _mm_set1_epi64x(0xFFFFFFFF);
  const __m128i rounding = _mm_set1_epi64x(1 << 30);
  const __m128i factor = (__m128i)scale->factor;
  // Without a sign the products are 2^31 times the factor too large, the results the factor itself.
  __m128i bare = _mm_xor_si128((__m128i)sums, sign);
  __m128i even = _mm_srli_epi64(_mm_add_epi64(_mm_mul_epu32(bare, factor), rounding), 31);
  __m128i odd = _mm_add_epi64(_mm_mul_epu32(_mm_srli_epi64(bare, 32), _mm_srli_epi64(factor, 32)), rounding);
  __m128i product = _mm_or_si128(_mm_and_si128(even, low), _mm_andnot_si128(low, _mm_slli_epi64(odd, 1)));
  product = _mm_sub_epi32(product, factor);
  const __m128i half = (__m128i)scale->half;
  const __m128i power = (__m128i)scale->power;
  __m128i below = _mm_andnot_si128(_mm_cmpeq_epi32(half, _mm_setzero_si128()), _mm_srai_epi32(product, 31));
  __m128i whole = _mm_xor_si128(_mm_add_epi32(_mm_add_epi32(product, half), below), sign);
  even = _mm_srli_epi64(_mm_mul_epu32(whole, power), 31);
  odd = _mm_slli_epi64(_mm_mul_epu32(_mm_srli_epi64(whole, 32), _mm_srli_epi64(power, 32)), 1);
  __m128i shifted = _mm_or_si128(_mm_and_si128(even, low), _mm_andnot_si128(low, odd));
  shifted = _mm_add_epi32(_mm_sub_epi32(shifted, power), _mm_set1_epi32(zero));
  __m128i words = _mm_packs_epi32(shifted, shifted);
  words = _mm_min_epi16(_mm_max_epi16(words, _mm_set1_epi16(smallest)), _mm_set1_epi16(largest));
  return (uint32_t)_mm_cvtsi128_si32(_mm_packs_epi16(words, words));
#elif defined(__ARM_NEON)
  int32x4_t product = vqrdmulhq_s32((int32x4_t)sums, (int32x4_t)scale->factor);
  int32x4_t right = vnegq_s32((int32x4_t)scale->shift);
  // Halves of negative numbers are rounded down.
  product = vqaddq_s32(product, vshrq_n_s32(vandq_s32(product, right), 31));
  int32x4_t shifted = vaddq_s32(vrshlq_s32(product, right), vdupq_n_s32(zero));
  int16x4_t words = vqmovn_s32(shifted);
  words = vmin_s16(vmax_s16(words, vdup_n_s16(smallest)), vdup_n_s16(largest));
  return vget_lane_u32((uint32x2_t)vqmovn_s16(vcombine_s16(words, words)), 0);
#else
  uint32_t bytes = 0;
  for (int lane = 0; lane < 4; lane++) {
    int32_t product = (int32_t)(((int64_t)sums[lane] * scale->factor[lane] + (1 << 30)) >> 31);
    if (scale->shift[lane] > 0) product = (product + scale->half[lane] + (product >> 31)) >> scale->shift[lane];
    product += zero;
    product = product < smallest ? smallest : product > largest ? largest : product;
    bytes |= (uint32_t)(uint8_t)product << (8 * lane);
  }
  return bytes;
#endif
}

#endif
