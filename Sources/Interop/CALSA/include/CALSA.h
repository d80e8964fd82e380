#pragma once

// ALSA PCM devices, mono, signed 16-bit, native endian, non-blocking. Thin: no policy. Functions give 0 or more, or a negated
// error number.

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sotto_pcm;

// Opens and prepares a device at `rate` samples per second; the device may round the sizes (in samples) and the plug layer may convert.
int sotto_pcm_open(const char *name, bool captures, uint32_t rate, uint32_t period, uint32_t buffer, struct sotto_pcm **pcm);
void sotto_pcm_close(struct sotto_pcm *pcm);
// Samples that the device's buffer holds.
uint32_t sotto_pcm_buffer(const struct sotto_pcm *pcm);

// How many samples must be there (capture) or free (playback) before the descriptor is ready. Allowed while it runs.
int sotto_pcm_set_available(struct sotto_pcm *pcm, uint32_t samples);
// A capture runs from here on; a playback starts by itself with the first sample written.
int sotto_pcm_start(struct sotto_pcm *pcm);
// Stops at once and drops what is in the buffer; ready to be started again.
int sotto_pcm_drop(struct sotto_pcm *pcm);
// After an overrun or underrun (-EPIPE) or a suspend (-ESTRPIPE): ready to be started again.
int sotto_pcm_recover(struct sotto_pcm *pcm, int error);

// Descriptors to watch, with what for (the numbers of POLL* are those of EPOLL*).
int sotto_pcm_descriptors(struct sotto_pcm *pcm, struct pollfd *descriptors, int capacity);
// What readiness of its descriptors means: POLLIN, POLLOUT, POLLERR or 0.
int sotto_pcm_meaning(struct sotto_pcm *pcm, struct pollfd *descriptors, int count);

// Samples that can be read or written now.
int64_t sotto_pcm_available(struct sotto_pcm *pcm);
// Samples between the buffer's far end and the air: written and not yet heard, or heard and not yet read.
int64_t sotto_pcm_delay(struct sotto_pcm *pcm);
// -EAGAIN when there is nothing, -EPIPE after an overrun or underrun.
int64_t sotto_pcm_read(struct sotto_pcm *pcm, int16_t *samples, size_t count);
int64_t sotto_pcm_write(struct sotto_pcm *pcm, const int16_t *samples, size_t count);

static const int SOTTO_PCM_AGAIN = -11;  // -EAGAIN
static const int SOTTO_PCM_BROKEN = -32;  // -EPIPE
static const int SOTTO_PCM_SUSPENDED = -86;  // -ESTRPIPE
