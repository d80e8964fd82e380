#include "CSherpa.h"

#if !__has_include(<sherpa-onnx/c-api/c-api.h>)
#error "The speech engines are missing: run tools/setup (it fills $SOTTO_CACHE, by default ~/.cache/sotto)."
#endif
#include <sherpa-onnx/c-api/c-api.h>
#include <stdlib.h>
#include <string.h>

// Moonshine has no feature extractor of its own sampling; these are the values of sherpa-onnx's examples.
static const int heard_rate = 16000;
static const int feature_dimension = 80;

struct sotto_recogniser {
  const SherpaOnnxOfflineRecognizer *engine;
};

struct sotto_voice {
  const SherpaOnnxOfflineTts *engine;
};

sotto_recogniser *sotto_recogniser_open(const char *encoder, const char *decoder, const char *tokens, int threads) {
  SherpaOnnxOfflineRecognizerConfig config;
  memset(&config, 0, sizeof config);
  config.feat_config.sample_rate = heard_rate;
  config.feat_config.feature_dim = feature_dimension;
  config.model_config.moonshine.encoder = encoder;
  config.model_config.moonshine.merged_decoder = decoder;
  config.model_config.tokens = tokens;
  config.model_config.num_threads = threads;
  config.model_config.provider = "cpu";
  config.decoding_method = "greedy_search";
  const SherpaOnnxOfflineRecognizer *engine = SherpaOnnxCreateOfflineRecognizer(&config);
  if (!engine) return NULL;
  sotto_recogniser *recogniser = malloc(sizeof *recogniser);
  recogniser->engine = engine;
  return recogniser;
}

char *sotto_recogniser_text(sotto_recogniser *recogniser, const float *samples, int32_t count) {
  const SherpaOnnxOfflineStream *stream = SherpaOnnxCreateOfflineStream(recogniser->engine);
  if (!stream) return NULL;
  SherpaOnnxAcceptWaveformOffline(stream, heard_rate, samples, count);
  SherpaOnnxDecodeOfflineStream(recogniser->engine, stream);
  const SherpaOnnxOfflineRecognizerResult *result = SherpaOnnxGetOfflineStreamResult(stream);
  char *text = result ? strdup(result->text ? result->text : "") : NULL;
  if (result) SherpaOnnxDestroyOfflineRecognizerResult(result);
  SherpaOnnxDestroyOfflineStream(stream);
  return text;
}

void sotto_recogniser_close(sotto_recogniser *recogniser) {
  SherpaOnnxDestroyOfflineRecognizer(recogniser->engine);
  free(recogniser);
}

sotto_voice *sotto_voice_open(const char *model, const char *tokens, int threads) {
  SherpaOnnxOfflineTtsConfig config;
  memset(&config, 0, sizeof config);
  config.model.vits.model = model;
  config.model.vits.tokens = tokens;
  // The values in the configuration of Piper's medium voices.
  config.model.vits.noise_scale = 0.667f;
  config.model.vits.noise_scale_w = 0.8f;
  config.model.vits.length_scale = 1.0f;
  config.model.num_threads = threads;
  config.model.provider = "cpu";
  config.max_num_sentences = 1;
  const SherpaOnnxOfflineTts *engine = SherpaOnnxCreateOfflineTts(&config);
  if (!engine) return NULL;
  sotto_voice *voice = malloc(sizeof *voice);
  voice->engine = engine;
  return voice;
}

int sotto_voice_rate(const sotto_voice *voice) { return SherpaOnnxOfflineTtsSampleRate(voice->engine); }

struct delivery {
  sotto_voice_sink sink;
  void *context;
  bool any;
};

static int32_t deliver(const float *samples, int32_t count, float progress, void *argument) {
  (void)progress;
  struct delivery *delivery = argument;
  delivery->any = true;
  return delivery->sink(samples, count, delivery->context) ? 1 : 0;
}

bool sotto_voice_speak(
    sotto_voice *voice, const int32_t *phonemes, int32_t count, float speed, sotto_voice_sink sink, void *context) {
  SherpaOnnxGenerationConfig config;
  memset(&config, 0, sizeof config);
  config.speed = speed;
  config.silence_scale = 0.2f;
  config.phoneme_codepoints = phonemes;
  config.phoneme_codepoints_lens = &count;
  config.phoneme_codepoints_num_sentences = 1;
  struct delivery delivery = {sink, context, false};
  const SherpaOnnxGeneratedAudio *sound = SherpaOnnxOfflineTtsGenerateWithConfig(voice->engine, "", &config, deliver, &delivery);
  if (sound) SherpaOnnxDestroyOfflineTtsGeneratedAudio(sound);
  return delivery.any;
}

void sotto_voice_close(sotto_voice *voice) {
  SherpaOnnxDestroyOfflineTts(voice->engine);
  free(voice);
}
