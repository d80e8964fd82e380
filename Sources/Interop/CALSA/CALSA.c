#include "CALSA.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdlib.h>

_Static_assert(EAGAIN == 11 && EPIPE == 32 && ESTRPIPE == 86, "the constants of CALSA.h are those of the system");

// Errors come back as numbers: the library shall not also print them.
static void be_silent(const char *file, int line, const char *function, int error, const char *format, ...) {
  (void)file, (void)line, (void)function, (void)error, (void)format;
}

struct sotto_pcm {
  snd_pcm_t *handle;
  snd_pcm_uframes_t buffer;
};

static int configure(struct sotto_pcm *pcm, uint32_t rate, uint32_t period, uint32_t buffer) {
  snd_pcm_hw_params_t *parameters;
  snd_pcm_hw_params_alloca(&parameters);
  snd_pcm_uframes_t period_size = period, buffer_size = buffer;
  int error;
  if ((error = snd_pcm_hw_params_any(pcm->handle, parameters)) < 0) return error;
  if ((error = snd_pcm_hw_params_set_access(pcm->handle, parameters, SND_PCM_ACCESS_RW_INTERLEAVED)) < 0) return error;
  if ((error = snd_pcm_hw_params_set_format(pcm->handle, parameters, SND_PCM_FORMAT_S16)) < 0) return error;
  if ((error = snd_pcm_hw_params_set_channels(pcm->handle, parameters, 1)) < 0) return error;
  if ((error = snd_pcm_hw_params_set_rate(pcm->handle, parameters, rate, 0)) < 0) return error;
  if ((error = snd_pcm_hw_params_set_buffer_size_near(pcm->handle, parameters, &buffer_size)) < 0) return error;
  if ((error = snd_pcm_hw_params_set_period_size_near(pcm->handle, parameters, &period_size, NULL)) < 0) return error;
  if ((error = snd_pcm_hw_params(pcm->handle, parameters)) < 0) return error;
  pcm->buffer = buffer_size;

  snd_pcm_sw_params_t *running;
  snd_pcm_sw_params_alloca(&running);
  if ((error = snd_pcm_sw_params_current(pcm->handle, running)) < 0) return error;
  if ((error = snd_pcm_sw_params_set_start_threshold(pcm->handle, running, 1)) < 0) return error;
  if ((error = snd_pcm_sw_params_set_avail_min(pcm->handle, running, period_size)) < 0) return error;
  return snd_pcm_sw_params(pcm->handle, running);
}

int sotto_pcm_open(const char *name, bool captures, uint32_t rate, uint32_t period, uint32_t buffer, struct sotto_pcm **result) {
  struct sotto_pcm *pcm = calloc(1, sizeof *pcm);
  if (!pcm) return -ENOMEM;
  snd_lib_error_set_handler(be_silent);
  int error = snd_pcm_open(&pcm->handle, name, captures ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK, SND_PCM_NONBLOCK);
  if (error < 0) {
    free(pcm);
    return error;
  }
  if ((error = configure(pcm, rate, period, buffer)) < 0) {
    sotto_pcm_close(pcm);
    return error;
  }
  *result = pcm;
  return 0;
}

void sotto_pcm_close(struct sotto_pcm *pcm) {
  snd_pcm_close(pcm->handle);
  free(pcm);
}

uint32_t sotto_pcm_buffer(const struct sotto_pcm *pcm) { return (uint32_t)pcm->buffer; }

int sotto_pcm_set_available(struct sotto_pcm *pcm, uint32_t samples) {
  snd_pcm_sw_params_t *running;
  snd_pcm_sw_params_alloca(&running);
  int error;
  if ((error = snd_pcm_sw_params_current(pcm->handle, running)) < 0) return error;
  if ((error = snd_pcm_sw_params_set_avail_min(pcm->handle, running, samples)) < 0) return error;
  return snd_pcm_sw_params(pcm->handle, running);
}

int sotto_pcm_start(struct sotto_pcm *pcm) { return snd_pcm_start(pcm->handle); }

int sotto_pcm_drop(struct sotto_pcm *pcm) {
  int error = snd_pcm_drop(pcm->handle);
  return error < 0 ? error : snd_pcm_prepare(pcm->handle);
}

int sotto_pcm_recover(struct sotto_pcm *pcm, int error) { return snd_pcm_recover(pcm->handle, error, 1); }

int sotto_pcm_descriptors(struct sotto_pcm *pcm, struct pollfd *descriptors, int capacity) {
  return snd_pcm_poll_descriptors(pcm->handle, descriptors, (unsigned)capacity);
}

int sotto_pcm_meaning(struct sotto_pcm *pcm, struct pollfd *descriptors, int count) {
  unsigned short meaning = 0;
  int error = snd_pcm_poll_descriptors_revents(pcm->handle, descriptors, (unsigned)count, &meaning);
  return error < 0 ? error : meaning;
}

int64_t sotto_pcm_available(struct sotto_pcm *pcm) { return snd_pcm_avail(pcm->handle); }

int64_t sotto_pcm_delay(struct sotto_pcm *pcm) {
  snd_pcm_sframes_t delay = 0;
  int error = snd_pcm_delay(pcm->handle, &delay);
  return error < 0 ? error : delay;
}

int64_t sotto_pcm_read(struct sotto_pcm *pcm, int16_t *samples, size_t count) {
  return snd_pcm_readi(pcm->handle, samples, count);
}

int64_t sotto_pcm_write(struct sotto_pcm *pcm, const int16_t *samples, size_t count) {
  return snd_pcm_writei(pcm->handle, samples, count);
}
