#include "CALSA.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdlib.h>

struct sotto_mixer {
  snd_mixer_t *handle;
  int count;
};

int sotto_mixer_open(const char *card, struct sotto_mixer **result) {
  struct sotto_mixer *mixer = calloc(1, sizeof *mixer);
  if (!mixer) return -ENOMEM;
  int error = snd_mixer_open(&mixer->handle, 0);
  if (error < 0) {
    free(mixer);
    return error;
  }
  if ((error = snd_mixer_attach(mixer->handle, card)) < 0 || (error = snd_mixer_selem_register(mixer->handle, NULL, NULL)) < 0 ||
      (error = snd_mixer_load(mixer->handle)) < 0) {
    sotto_mixer_close(mixer);
    return error;
  }
  mixer->count = (int)snd_mixer_get_count(mixer->handle);
  *result = mixer;
  return 0;
}

void sotto_mixer_close(struct sotto_mixer *mixer) {
  snd_mixer_close(mixer->handle);
  free(mixer);
}

int sotto_mixer_count(const struct sotto_mixer *mixer) { return mixer->count; }

static snd_mixer_elem_t *element(const struct sotto_mixer *mixer, int index) {
  // Takes note of what others have changed since.
  snd_mixer_handle_events(mixer->handle);
  snd_mixer_elem_t *found = snd_mixer_first_elem(mixer->handle);
  while (found && index-- > 0) found = snd_mixer_elem_next(found);
  return found;
}

const char *sotto_mixer_name(const struct sotto_mixer *mixer, int index) {
  snd_mixer_elem_t *found = element(mixer, index);
  return found ? snd_mixer_selem_get_name(found) : "";
}

bool sotto_mixer_has_volume(const struct sotto_mixer *mixer, int index, bool captures) {
  snd_mixer_elem_t *found = element(mixer, index);
  return found && (captures ? snd_mixer_selem_has_capture_volume(found) : snd_mixer_selem_has_playback_volume(found));
}

bool sotto_mixer_has_switch(const struct sotto_mixer *mixer, int index, bool captures) {
  snd_mixer_elem_t *found = element(mixer, index);
  return found && (captures ? snd_mixer_selem_has_capture_switch(found) : snd_mixer_selem_has_playback_switch(found));
}

static int range(snd_mixer_elem_t *found, bool captures, long *least, long *most) {
  int error = captures ? snd_mixer_selem_get_capture_volume_range(found, least, most)
                       : snd_mixer_selem_get_playback_volume_range(found, least, most);
  return error < 0 ? error : *most > *least ? 0 : -EOPNOTSUPP;
}

int sotto_mixer_volume(const struct sotto_mixer *mixer, int index, bool captures) {
  long least, most, value;
  snd_mixer_elem_t *found = element(mixer, index);
  if (!found || !sotto_mixer_has_volume(mixer, index, captures)) return -EOPNOTSUPP;
  int error = range(found, captures, &least, &most);
  if (error < 0) return error;
  error = captures ? snd_mixer_selem_get_capture_volume(found, SND_MIXER_SCHN_FRONT_LEFT, &value)
                   : snd_mixer_selem_get_playback_volume(found, SND_MIXER_SCHN_FRONT_LEFT, &value);
  return error < 0 ? error : (int)(((value - least) * 100 + (most - least) / 2) / (most - least));
}

int sotto_mixer_set_volume(const struct sotto_mixer *mixer, int index, bool captures, int percent) {
  long least, most;
  snd_mixer_elem_t *found = element(mixer, index);
  if (!found || !sotto_mixer_has_volume(mixer, index, captures)) return -EOPNOTSUPP;
  int error = range(found, captures, &least, &most);
  if (error < 0) return error;
  long value = least + ((most - least) * percent + 50) / 100;
  return captures ? snd_mixer_selem_set_capture_volume_all(found, value) : snd_mixer_selem_set_playback_volume_all(found, value);
}

int sotto_mixer_switch(const struct sotto_mixer *mixer, int index, bool captures) {
  snd_mixer_elem_t *found = element(mixer, index);
  if (!found || !sotto_mixer_has_switch(mixer, index, captures)) return -EOPNOTSUPP;
  int value = 0;
  int error = captures ? snd_mixer_selem_get_capture_switch(found, SND_MIXER_SCHN_FRONT_LEFT, &value)
                       : snd_mixer_selem_get_playback_switch(found, SND_MIXER_SCHN_FRONT_LEFT, &value);
  return error < 0 ? error : value;
}

int sotto_mixer_set_switch(const struct sotto_mixer *mixer, int index, bool captures, bool on) {
  snd_mixer_elem_t *found = element(mixer, index);
  if (!found || !sotto_mixer_has_switch(mixer, index, captures)) return -EOPNOTSUPP;
  return captures ? snd_mixer_selem_set_capture_switch_all(found, on) : snd_mixer_selem_set_playback_switch_all(found, on);
}
