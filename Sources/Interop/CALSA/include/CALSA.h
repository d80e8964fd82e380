#pragma once

// ALSA PCM devices, interleaved and non-blocking; their cards and their mixers. Thin: no policy. Functions give 0 or more, or a
// negated error number. A frame is one sample of each channel.

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: A PCM device

struct sotto_pcm;

enum sotto_pcm_format {
  SOTTO_PCM_S16 = 0,     // 16 bits
  SOTTO_PCM_S32 = 1,     // 32 bits
  SOTTO_PCM_S24 = 2,     // 24 bits, the lower ones of 32
  SOTTO_PCM_S24_3 = 3,   // 24 bits in three bytes
};

// What is asked for. Nothing is converted by ALSA's own rate plug-in: the first of `rates` that the hardware has is taken.
struct sotto_pcm_wish {
  bool captures;
  // Samples per second, the best first; 0 ends the list.
  uint32_t rates[8];
  // The nearest number of channels from here on upwards is taken, else the nearest below.
  uint32_t channels;
  // Times in microseconds, which the device rounds: the period, the one for a device that tells its position only with it, the buffer.
  uint32_t period;
  uint32_t batch_period;
  uint32_t buffer;
};

struct sotto_pcm_facts {
  int32_t format;
  uint32_t rate;
  uint32_t channels;
  // Frames.
  uint32_t period;
  uint32_t buffer;
  // The program works in the device's own buffer.
  bool mapped;
  // The device tells its position in steps of a period only (USB): in between it cannot be asked.
  bool batch;
};

int sotto_pcm_open(const char *name, const struct sotto_pcm_wish *wish, struct sotto_pcm **pcm);
void sotto_pcm_close(struct sotto_pcm *pcm);
void sotto_pcm_learn(const struct sotto_pcm *pcm, struct sotto_pcm_facts *facts);

// How many frames must be there (capture) or free (playback) before the descriptor is ready. Allowed while it runs.
int sotto_pcm_set_available(struct sotto_pcm *pcm, uint32_t frames);
// A capture runs from here on; a playback starts by itself with the first frame written.
int sotto_pcm_start(struct sotto_pcm *pcm);
// Stops at once and drops what is in the buffer; ready to be started again.
int sotto_pcm_drop(struct sotto_pcm *pcm);
// After an overrun or underrun: ready to be started again.
int sotto_pcm_prepare(struct sotto_pcm *pcm);
// After a suspend: runs on where it was. -EAGAIN while the device is not back yet, -ENOSYS when it cannot.
int sotto_pcm_resume(struct sotto_pcm *pcm);

// Descriptors to watch, with what for (the numbers of POLL* are those of EPOLL*).
int sotto_pcm_descriptors(struct sotto_pcm *pcm, struct pollfd *descriptors, int capacity);
// What readiness of its descriptors means: POLLIN, POLLOUT, POLLERR or 0.
int sotto_pcm_meaning(struct sotto_pcm *pcm, struct pollfd *descriptors, int count);

enum sotto_pcm_state {
  SOTTO_PCM_READY = 0,
  SOTTO_PCM_RUNNING = 1,
  SOTTO_PCM_DRAINING = 2,
  SOTTO_PCM_BROKE = 3,      // overrun or underrun
  SOTTO_PCM_ASLEEP = 4,     // suspended
  SOTTO_PCM_GONE = 5,       // unplugged
};

struct sotto_pcm_moment {
  int32_t state;
  // Frames that can be read or written now. A capture that is not stopped by an overrun may tell more than its buffer holds.
  int64_t available;
  // Frames between the buffer's near end and the air: written and not yet heard, or heard and not yet read.
  int64_t delay;
  // When that was so, nanoseconds of CLOCK_MONOTONIC; 0 when the device does not tell.
  int64_t stamp;
};
// Asks the device where it is.
int sotto_pcm_look(struct sotto_pcm *pcm, struct sotto_pcm_moment *moment);

// The next piece to be read or written, at most `frames`: how many frames it has. Without a mapped buffer it is one of ours.
// -EAGAIN when there is none, -EPIPE after an overrun or underrun, -ESTRPIPE while suspended, -ENODEV when it is gone.
int64_t sotto_pcm_map(struct sotto_pcm *pcm, size_t frames, uint8_t **bytes);
// Ends the work on the piece: its first `frames` frames were read or written. How many were taken.
int64_t sotto_pcm_commit(struct sotto_pcm *pcm, size_t frames);
// Goes past frames of a capture without reading them. How many.
int64_t sotto_pcm_forward(struct sotto_pcm *pcm, size_t frames);

// MARK: Cards

struct sotto_cards;

enum sotto_card_text {
  SOTTO_CARD_ID = 0,      // Loopback: as in hw:CARD=Loopback
  SOTTO_CARD_NAME = 1,
  SOTTO_CARD_DRIVER = 2,
};

// All sound cards: how many there are.
int sotto_cards_list(struct sotto_cards **cards);
void sotto_cards_free(struct sotto_cards *cards);
int sotto_card_number(const struct sotto_cards *cards, int index);
const char *sotto_card_text(const struct sotto_cards *cards, int index, int32_t which);
// PCM devices of the card that capture or play, one bit each, from device 0 up.
uint32_t sotto_card_devices(const struct sotto_cards *cards, int index, bool captures);

// MARK: Mixers

struct sotto_mixer;

// `card` is a control device: hw:0, hw:CARD=Loopback.
int sotto_mixer_open(const char *card, struct sotto_mixer **mixer);
void sotto_mixer_close(struct sotto_mixer *mixer);
int sotto_mixer_count(const struct sotto_mixer *mixer);
// The name of element `index`: Master, PCM, Capture…
const char *sotto_mixer_name(const struct sotto_mixer *mixer, int index);
bool sotto_mixer_has_volume(const struct sotto_mixer *mixer, int index, bool captures);
bool sotto_mixer_has_switch(const struct sotto_mixer *mixer, int index, bool captures);
// The volume in hundredths of the element's own range.
int sotto_mixer_volume(const struct sotto_mixer *mixer, int index, bool captures);
int sotto_mixer_set_volume(const struct sotto_mixer *mixer, int index, bool captures, int percent);
// 1 on, 0 muted.
int sotto_mixer_switch(const struct sotto_mixer *mixer, int index, bool captures);
int sotto_mixer_set_switch(const struct sotto_mixer *mixer, int index, bool captures, bool on);

static const int SOTTO_PCM_AGAIN = -11;      // -EAGAIN
static const int SOTTO_PCM_REMOVED = -19;    // -ENODEV
static const int SOTTO_PCM_BROKEN = -32;     // -EPIPE
static const int SOTTO_PCM_SUSPENDED = -86;  // -ESTRPIPE
