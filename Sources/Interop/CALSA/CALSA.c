#include "CALSA.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdlib.h>

_Static_assert(EAGAIN == 11 && ENODEV == 19 && EPIPE == 32 && ESTRPIPE == 86, "the constants of CALSA.h are those of the system");

// Errors come back as numbers: the library shall not also print them.
static void be_silent(const char *file, int line, const char *function, int error, const char *format, ...) {
  (void)file, (void)line, (void)function, (void)error, (void)format;
}

struct sotto_pcm {
  snd_pcm_t *handle;
  struct sotto_pcm_facts facts;
  snd_pcm_uframes_t boundary;
  size_t frame_bytes;
  // The piece that is worked on: its place in the mapped buffer.
  snd_pcm_uframes_t offset;
  // Without a mapped buffer: our own, and for a capture what of it has not been taken yet.
  uint8_t *own;
  size_t held, taken;
};

static const snd_pcm_format_t formats[] = {SND_PCM_FORMAT_S16, SND_PCM_FORMAT_S32, SND_PCM_FORMAT_S24, SND_PCM_FORMAT_S24_3LE};

// MARK: Opening

static int choose_format(struct sotto_pcm *pcm, snd_pcm_hw_params_t *parameters) {
  for (int32_t index = 0; index < 4; index++) {
    if (snd_pcm_hw_params_test_format(pcm->handle, parameters, formats[index]) < 0) continue;
    pcm->facts.format = index;
    return snd_pcm_hw_params_set_format(pcm->handle, parameters, formats[index]);
  }
  return -EINVAL;
}

static int choose_channels(struct sotto_pcm *pcm, snd_pcm_hw_params_t *parameters, unsigned wanted) {
  unsigned least = 0, most = 0;
  int error;
  if ((error = snd_pcm_hw_params_get_channels_min(parameters, &least)) < 0) return error;
  if ((error = snd_pcm_hw_params_get_channels_max(parameters, &most)) < 0) return error;
  for (unsigned channels = wanted > least ? wanted : least; channels <= most && channels <= 64; channels++)
    if (snd_pcm_hw_params_test_channels(pcm->handle, parameters, channels) == 0)
      return snd_pcm_hw_params_set_channels(pcm->handle, parameters, channels);
  return snd_pcm_hw_params_set_channels_near(pcm->handle, parameters, &wanted);
}

static int choose_rate(struct sotto_pcm *pcm, snd_pcm_hw_params_t *parameters, const uint32_t *rates) {
  for (; *rates; rates++)
    if (snd_pcm_hw_params_test_rate(pcm->handle, parameters, *rates, 0) == 0)
      return snd_pcm_hw_params_set_rate(pcm->handle, parameters, *rates, 0);
  return -EINVAL;
}

static int choose_sizes(struct sotto_pcm *pcm, snd_pcm_hw_params_t *parameters, unsigned period, unsigned buffer) {
  int direction = 0, error;
  if ((error = snd_pcm_hw_params_set_buffer_time_near(pcm->handle, parameters, &buffer, &direction)) < 0) return error;
  direction = 0;
  return snd_pcm_hw_params_set_period_time_near(pcm->handle, parameters, &period, &direction);
}

static int configure(struct sotto_pcm *pcm, const struct sotto_pcm_wish *wish, uint32_t wanted_period) {
  snd_pcm_hw_params_t *parameters;
  snd_pcm_hw_params_alloca(&parameters);
  int error;
  if ((error = snd_pcm_hw_params_any(pcm->handle, parameters)) < 0) return error;
  if ((error = snd_pcm_hw_params_set_rate_resample(pcm->handle, parameters, 0)) < 0) return error;
  pcm->facts.mapped = snd_pcm_hw_params_set_access(pcm->handle, parameters, SND_PCM_ACCESS_MMAP_INTERLEAVED) == 0;
  if (!pcm->facts.mapped &&
      (error = snd_pcm_hw_params_set_access(pcm->handle, parameters, SND_PCM_ACCESS_RW_INTERLEAVED)) < 0)
    return error;
  if ((error = choose_format(pcm, parameters)) < 0) return error;
  if ((error = choose_rate(pcm, parameters, wish->rates)) < 0) return error;
  if ((error = choose_channels(pcm, parameters, wish->channels)) < 0) return error;
  if ((error = choose_sizes(pcm, parameters, wanted_period, wish->buffer)) < 0) return error;
  if ((error = snd_pcm_hw_params(pcm->handle, parameters)) < 0) return error;

  unsigned rate = 0, channels = 0;
  snd_pcm_uframes_t period = 0, buffer = 0;
  int direction = 0;
  if ((error = snd_pcm_hw_params_get_rate(parameters, &rate, &direction)) < 0) return error;
  if ((error = snd_pcm_hw_params_get_channels(parameters, &channels)) < 0) return error;
  if ((error = snd_pcm_hw_params_get_period_size(parameters, &period, &direction)) < 0) return error;
  if ((error = snd_pcm_hw_params_get_buffer_size(parameters, &buffer)) < 0) return error;
  pcm->facts.rate = rate;
  pcm->facts.channels = channels;
  pcm->facts.period = (uint32_t)period;
  pcm->facts.buffer = (uint32_t)buffer;
  pcm->facts.batch = snd_pcm_hw_params_is_batch(parameters) == 1;
  pcm->frame_bytes = (size_t)snd_pcm_frames_to_bytes(pcm->handle, 1);
  return 0;
}

static int set_running(struct sotto_pcm *pcm, bool captures) {
  snd_pcm_sw_params_t *running;
  snd_pcm_sw_params_alloca(&running);
  int error;
  if ((error = snd_pcm_sw_params_current(pcm->handle, running)) < 0) return error;
  if ((error = snd_pcm_sw_params_get_boundary(running, &pcm->boundary)) < 0) return error;
  if ((error = snd_pcm_sw_params_set_avail_min(pcm->handle, running, pcm->facts.period)) < 0) return error;
  // The stamps are an addition: a device without them is used without them.
  snd_pcm_sw_params_set_tstamp_mode(pcm->handle, running, SND_PCM_TSTAMP_ENABLE);
  snd_pcm_sw_params_set_tstamp_type(pcm->handle, running, SND_PCM_TSTAMP_TYPE_MONOTONIC);
  if (captures) {
    if ((error = snd_pcm_sw_params_set_start_threshold(pcm->handle, running, pcm->boundary)) < 0) return error;
    // An overrun does not stop the device: what was overwritten can be counted to the frame.
    if (pcm->facts.mapped) snd_pcm_sw_params_set_stop_threshold(pcm->handle, running, pcm->boundary);
  } else {
    if ((error = snd_pcm_sw_params_set_start_threshold(pcm->handle, running, 1)) < 0) return error;
    // What has been played becomes silence, so that the end of a sound is not followed by old samples.
    snd_pcm_sw_params_set_silence_threshold(pcm->handle, running, 0);
    snd_pcm_sw_params_set_silence_size(pcm->handle, running, pcm->boundary);
  }
  error = snd_pcm_sw_params(pcm->handle, running);
  if (error == 0 || captures) return error;
  snd_pcm_sw_params_set_silence_size(pcm->handle, running, 0);
  return snd_pcm_sw_params(pcm->handle, running);
}

int sotto_pcm_open(const char *name, const struct sotto_pcm_wish *wish, struct sotto_pcm **result) {
  struct sotto_pcm *pcm = calloc(1, sizeof *pcm);
  if (!pcm) return -ENOMEM;
  snd_lib_error_set_handler(be_silent);
  snd_pcm_stream_t direction = wish->captures ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK;
  int error = snd_pcm_open(&pcm->handle, name, direction, SND_PCM_NONBLOCK);
  if (error < 0) {
    free(pcm);
    return error;
  }
  error = configure(pcm, wish, wish->period);
  if (error >= 0 && pcm->facts.batch && wish->batch_period < wish->period) error = configure(pcm, wish, wish->batch_period);
  if (error >= 0) error = set_running(pcm, wish->captures);
  if (error >= 0 && !pcm->facts.mapped && !(pcm->own = malloc(pcm->frame_bytes * pcm->facts.buffer))) error = -ENOMEM;
  if (error < 0) {
    sotto_pcm_close(pcm);
    return error;
  }
  *result = pcm;
  return 0;
}

void sotto_pcm_close(struct sotto_pcm *pcm) {
  snd_pcm_close(pcm->handle);
  free(pcm->own);
  free(pcm);
}

void sotto_pcm_learn(const struct sotto_pcm *pcm, struct sotto_pcm_facts *facts) { *facts = pcm->facts; }

// MARK: Running

int sotto_pcm_set_available(struct sotto_pcm *pcm, uint32_t frames) {
  snd_pcm_sw_params_t *running;
  snd_pcm_sw_params_alloca(&running);
  int error;
  if ((error = snd_pcm_sw_params_current(pcm->handle, running)) < 0) return error;
  if ((error = snd_pcm_sw_params_set_avail_min(pcm->handle, running, frames)) < 0) return error;
  return snd_pcm_sw_params(pcm->handle, running);
}

int sotto_pcm_start(struct sotto_pcm *pcm) { return snd_pcm_start(pcm->handle); }

int sotto_pcm_prepare(struct sotto_pcm *pcm) {
  pcm->held = pcm->taken = 0;
  return snd_pcm_prepare(pcm->handle);
}

int sotto_pcm_drop(struct sotto_pcm *pcm) {
  int error = snd_pcm_drop(pcm->handle);
  return error < 0 ? error : sotto_pcm_prepare(pcm);
}

int sotto_pcm_resume(struct sotto_pcm *pcm) { return snd_pcm_resume(pcm->handle); }

int sotto_pcm_descriptors(struct sotto_pcm *pcm, struct pollfd *descriptors, int capacity) {
  return snd_pcm_poll_descriptors(pcm->handle, descriptors, (unsigned)capacity);
}

int sotto_pcm_meaning(struct sotto_pcm *pcm, struct pollfd *descriptors, int count) {
  unsigned short meaning = 0;
  int error = snd_pcm_poll_descriptors_revents(pcm->handle, descriptors, (unsigned)count, &meaning);
  return error < 0 ? error : meaning;
}

static int32_t state_of(snd_pcm_state_t state) {
  switch (state) {
    case SND_PCM_STATE_RUNNING: return SOTTO_PCM_RUNNING;
    case SND_PCM_STATE_DRAINING: return SOTTO_PCM_DRAINING;
    case SND_PCM_STATE_XRUN: return SOTTO_PCM_BROKE;
    case SND_PCM_STATE_SUSPENDED: return SOTTO_PCM_ASLEEP;
    case SND_PCM_STATE_DISCONNECTED: return SOTTO_PCM_GONE;
    default: return SOTTO_PCM_READY;
  }
}

int sotto_pcm_look(struct sotto_pcm *pcm, struct sotto_pcm_moment *moment) {
  snd_pcm_status_t *status;
  snd_pcm_status_alloca(&status);
  int error = snd_pcm_status(pcm->handle, status);
  if (error < 0) return error;
  snd_htimestamp_t stamp = {0};
  snd_pcm_status_get_htstamp(status, &stamp);
  *moment = (struct sotto_pcm_moment){
      .state = state_of(snd_pcm_status_get_state(status)),
      .available = (int64_t)snd_pcm_status_get_avail(status) + (int64_t)(pcm->held - pcm->taken),
      .delay = (int64_t)snd_pcm_status_get_delay(status) + (int64_t)(pcm->held - pcm->taken),
      .stamp = (int64_t)stamp.tv_sec * 1000000000 + stamp.tv_nsec,
  };
  return 0;
}

// MARK: Reading and writing

static int64_t map_own(struct sotto_pcm *pcm, size_t frames, uint8_t **bytes) {
  if (snd_pcm_stream(pcm->handle) == SND_PCM_STREAM_PLAYBACK) {
    snd_pcm_sframes_t room = snd_pcm_avail_update(pcm->handle);
    if (room <= 0) return room < 0 ? room : -EAGAIN;
    *bytes = pcm->own;
    return frames < (size_t)room ? (int64_t)frames : room;
  }
  if (pcm->taken == pcm->held) {
    pcm->held = pcm->taken = 0;
    snd_pcm_sframes_t got = snd_pcm_readi(pcm->handle, pcm->own, frames < pcm->facts.buffer ? frames : pcm->facts.buffer);
    if (got <= 0) return got < 0 ? got : -EAGAIN;
    pcm->held = (size_t)got;
  }
  *bytes = pcm->own + pcm->taken * pcm->frame_bytes;
  size_t left = pcm->held - pcm->taken;
  return (int64_t)(left < frames ? left : frames);
}

int64_t sotto_pcm_map(struct sotto_pcm *pcm, size_t frames, uint8_t **bytes) {
  if (!pcm->facts.mapped) return map_own(pcm, frames, bytes);
  // The call before the next one in the library's contract: it takes note of what the device did.
  snd_pcm_sframes_t available = snd_pcm_avail_update(pcm->handle);
  if (available <= 0) return available < 0 ? available : -EAGAIN;
  const snd_pcm_channel_area_t *areas;
  snd_pcm_uframes_t piece = frames;
  int error = snd_pcm_mmap_begin(pcm->handle, &areas, &pcm->offset, &piece);
  if (error < 0) return error;
  if (piece == 0) return -EAGAIN;
  *bytes = (uint8_t *)areas[0].addr + areas[0].first / 8 + pcm->offset * (areas[0].step / 8);
  return (int64_t)piece;
}

int64_t sotto_pcm_commit(struct sotto_pcm *pcm, size_t frames) {
  if (pcm->facts.mapped) {
    snd_pcm_sframes_t done = snd_pcm_mmap_commit(pcm->handle, pcm->offset, frames);
    // The library starts a playback by itself only for its own writing functions.
    if (done > 0 && snd_pcm_stream(pcm->handle) == SND_PCM_STREAM_PLAYBACK && snd_pcm_state(pcm->handle) == SND_PCM_STATE_PREPARED) {
      int error = snd_pcm_start(pcm->handle);
      if (error < 0) return error;
    }
    return done;
  }
  if (snd_pcm_stream(pcm->handle) == SND_PCM_STREAM_CAPTURE) {
    pcm->taken += frames;
    return (int64_t)frames;
  }
  return snd_pcm_writei(pcm->handle, pcm->own, frames);
}

int64_t sotto_pcm_forward(struct sotto_pcm *pcm, size_t frames) { return snd_pcm_forward(pcm->handle, frames); }
