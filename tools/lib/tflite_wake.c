// A wake word of the microWakeWord family heard by the C libraries of its Python packages, called directly: what the recogniser costs without
// Python, and the least that any program around these libraries can cost.
//
// tflite_wake FEATURES TFLITE MODEL CUTOFF PERIOD    reads raw sound (16 kHz, 16 bit, mono) from standard input, PERIOD samples at a time; each
//                                                   time that the word begins to be heard it prints the clock (CLOCK_BOOTTIME, ns) and the
//                                                   samples heard until then
//
// FEATURES is the extension module of pymicro-features, TFLITE the TensorFlow Lite C library of pymicro-wakeword. `tools/bench wake` compiles it, with
// an empty body for each of the interpreter's symbols that FEATURES names and this program never calls.
#include <dlfcn.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { CHANNELS = 40, STEP = 160, WINDOW = 5, LARGEST_PERIOD = 16000, LARGEST_INPUT = 16 * CHANNELS };

// Part of the interface of TensorFlow Lite Micro's audio front end.
struct front_end_configuration {
  struct { size_t size_ms, step_ms; } window;
  struct { int channels; float upper, lower; int scale_shift; } filterbank;
  struct { int smoothing_bits; float even, odd, least; } noise;
  struct { int enabled; float strength, offset; int bits; } gain;
  struct { int enabled, shift; } logarithm;
};
struct front_end_output { const uint16_t *values; size_t count; };
struct quantization { float scale; int32_t zero; };

static const struct front_end_configuration configuration = {
    {30, 10}, {CHANNELS, 7500, 125, 7}, {10, 0.025f, 0.06f, 0.05f}, {1, 0.95f, 80, 21}, {1, 6}};

static int (*populate)(const struct front_end_configuration *, void *, int);
static struct front_end_output (*process)(void *, const int16_t *, size_t, size_t *);
static void *(*model_create)(const char *), *(*interpreter_create)(const void *, const void *);
static int (*allocate)(void *), (*invoke)(void *), (*copy_in)(void *, const void *, size_t), (*copy_out)(const void *, void *, size_t);
static void *(*input_tensor)(const void *, int32_t);
static const void *(*output_tensor)(const void *, int32_t);
static struct quantization (*quantization_of)(const void *);
static size_t (*byte_size)(const void *);

static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (!found) {
    fprintf(stderr, "tflite_wake: %s\n", dlerror());
    exit(1);
  }
  return found;
}

static void *library(const char *path) {
  // The interpreter's functions are never called, so they are not looked for.
  void *opened = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
  if (!opened) {
    fprintf(stderr, "tflite_wake: %s\n", dlerror());
    exit(1);
  }
  return opened;
}

static _Alignas(16) char front_end[4096];
static void *interpreter, *input;
static const void *output;
static struct quantization scale;
static size_t input_size, filled;
static int8_t values[LARGEST_INPUT];
static uint8_t recent[WINDOW];
static int runs, is_detected;
static double cutoff;
static long long heard;

static void run(void) {
  if (copy_in(input, values, input_size) != 0 || invoke(interpreter) != 0 || copy_out(output, &recent[runs % WINDOW], 1) != 0) exit(1);
  filled = 0;
  runs++;
  int sum = 0;
  for (int index = 0; index < WINDOW; index++) sum += recent[index];
  int was_detected = is_detected;
  is_detected = runs >= WINDOW && sum / (256.0 * WINDOW) > cutoff;
  if (!is_detected || was_detected) return;
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  printf("%lld %lld\n", now.tv_sec * 1000000000LL + now.tv_nsec, heard);
  fflush(stdout);
}

// Not inlined: callgrind counts what happens inside.
__attribute__((noinline)) void hear(const int16_t *samples, size_t count) {
  for (size_t position = 0; position < count;) {
    size_t taken = 0;
    struct front_end_output frame = process(front_end, samples + position, count - position, &taken);
    position += taken;
    heard += (long long)taken;
    if (frame.count == 0) continue;
    for (size_t channel = 0; channel < frame.count; channel++) {
      float value = rintf(frame.values[channel] * 0.0390625f / scale.scale + (float)scale.zero);
      values[filled++] = (int8_t)(value < -128 ? -128 : value > 127 ? 127 : value);
    }
    if (filled == input_size) run();
  }
}

int main(int count, char **arguments) {
  if (count != 6) {
    fputs("usage: tflite_wake FEATURES TFLITE MODEL CUTOFF PERIOD\n", stderr);
    return 2;
  }
  void *features = library(arguments[1]), *tflite = library(arguments[2]);
  populate = symbol(features, "FrontendPopulateState");
  process = symbol(features, "FrontendProcessSamples");
  model_create = symbol(tflite, "TfLiteModelCreateFromFile");
  interpreter_create = symbol(tflite, "TfLiteInterpreterCreate");
  allocate = symbol(tflite, "TfLiteInterpreterAllocateTensors");
  invoke = symbol(tflite, "TfLiteInterpreterInvoke");
  input_tensor = symbol(tflite, "TfLiteInterpreterGetInputTensor");
  output_tensor = symbol(tflite, "TfLiteInterpreterGetOutputTensor");
  copy_in = symbol(tflite, "TfLiteTensorCopyFromBuffer");
  copy_out = symbol(tflite, "TfLiteTensorCopyToBuffer");
  quantization_of = symbol(tflite, "TfLiteTensorQuantizationParams");
  byte_size = symbol(tflite, "TfLiteTensorByteSize");
  cutoff = atof(arguments[4]);
  size_t period = (size_t)atoi(arguments[5]);
  void *model = model_create(arguments[3]);
  interpreter = model ? interpreter_create(model, NULL) : NULL;
  if (!interpreter || allocate(interpreter) != 0 || !populate(&configuration, front_end, 16000)) {
    fprintf(stderr, "tflite_wake: %s cannot be used\n", arguments[3]);
    return 1;
  }
  input = input_tensor(interpreter, 0);
  output = output_tensor(interpreter, 0);
  scale = quantization_of(input);
  input_size = byte_size(input);
  if (input_size > sizeof values || input_size % CHANNELS != 0 || byte_size(output) != 1 || period < 1 || period > LARGEST_PERIOD) {
    fputs("tflite_wake: another model or period than this program is for\n", stderr);
    return 1;
  }
  static int16_t samples[LARGEST_PERIOD];
  size_t bytes = 0;
  for (;;) {
    ssize_t got = read(STDIN_FILENO, (char *)samples + bytes, 2 * period - bytes);
    if (got <= 0) return got < 0;
    bytes += (size_t)got;
    if (bytes < 2 * period) continue;
    hear(samples, period);
    bytes = 0;
  }
}
