#pragma once

// Speech recognition with Moonshine and synthesis with VITS voices (Piper), through the C API of sherpa-onnx. No policy: each
// function is one step of that API, with our own types so that its header is needed to compile this shim only.
// A handle may be used from any thread, by one at a time.

#include <stdbool.h>
#include <stdint.h>

typedef struct sotto_recogniser sotto_recogniser;
typedef struct sotto_voice sotto_voice;

// Loads a Moonshine model with a merged decoder. Null when it cannot be loaded.
sotto_recogniser *_Nullable sotto_recogniser_open(
    const char *_Nonnull encoder, const char *_Nonnull decoder, const char *_Nonnull tokens, int threads);

// The words in 16 kHz mono samples of -1…1. The text is the caller's to free(); null when the engine failed.
char *_Nullable sotto_recogniser_text(sotto_recogniser *_Nonnull recogniser, const float *_Nonnull samples, int32_t count);

void sotto_recogniser_close(sotto_recogniser *_Nonnull recogniser);

// Loads a Piper voice. Null when it cannot be loaded.
sotto_voice *_Nullable sotto_voice_open(const char *_Nonnull model, const char *_Nonnull tokens, int threads);

// Samples per second of the sound that the voice makes.
int sotto_voice_rate(const sotto_voice *_Nonnull voice);

// Takes sound as it is made; returns false to stop.
typedef bool (*sotto_voice_sink)(const float *_Nonnull samples, int32_t count, void *_Nullable context);

// Speaks phonemes, given as the Unicode code points of the International Phonetic Alphabet with punctuation. False when the
// engine failed before any sound.
bool sotto_voice_speak(
    sotto_voice *_Nonnull voice, const int32_t *_Nonnull phonemes, int32_t count, float speed, sotto_voice_sink _Nonnull sink,
    void *_Nullable context);

void sotto_voice_close(sotto_voice *_Nonnull voice);
