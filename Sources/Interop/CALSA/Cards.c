#include "CALSA.h"

#include <alsa/asoundlib.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

// The kernel's own limit of cards.
enum { MOST = 32, LONGEST = 80 };

struct sotto_cards {
  int count;
  struct {
    int number;
    char text[3][LONGEST];
    uint32_t devices[2];
  } card[MOST];
};

static void examine(struct sotto_cards *cards, int number) {
  char name[16];
  snprintf(name, sizeof name, "hw:%d", number);
  snd_ctl_t *control;
  if (snd_ctl_open(&control, name, SND_CTL_NONBLOCK) < 0) return;
  snd_ctl_card_info_t *card;
  snd_ctl_card_info_alloca(&card);
  int place = cards->count++;
  cards->card[place].number = number;
  if (snd_ctl_card_info(control, card) == 0) {
    snprintf(cards->card[place].text[SOTTO_CARD_ID], LONGEST, "%s", snd_ctl_card_info_get_id(card));
    snprintf(cards->card[place].text[SOTTO_CARD_NAME], LONGEST, "%s", snd_ctl_card_info_get_name(card));
    snprintf(cards->card[place].text[SOTTO_CARD_DRIVER], LONGEST, "%s", snd_ctl_card_info_get_driver(card));
  }
  snd_pcm_info_t *device;
  snd_pcm_info_alloca(&device);
  for (int index = -1; snd_ctl_pcm_next_device(control, &index) == 0 && index >= 0 && index < 32;) {
    for (int captures = 0; captures < 2; captures++) {
      snd_pcm_info_set_device(device, (unsigned)index);
      snd_pcm_info_set_subdevice(device, 0);
      snd_pcm_info_set_stream(device, captures ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK);
      if (snd_ctl_pcm_info(control, device) == 0) cards->card[place].devices[captures] |= 1u << index;
    }
  }
  snd_ctl_close(control);
}

int sotto_cards_list(struct sotto_cards **result) {
  struct sotto_cards *cards = calloc(1, sizeof *cards);
  if (!cards) return -ENOMEM;
  for (int number = -1; cards->count < MOST && snd_card_next(&number) == 0 && number >= 0;) examine(cards, number);
  *result = cards;
  return cards->count;
}

void sotto_cards_free(struct sotto_cards *cards) { free(cards); }
int sotto_card_number(const struct sotto_cards *cards, int index) { return cards->card[index].number; }
const char *sotto_card_text(const struct sotto_cards *cards, int index, int32_t which) { return cards->card[index].text[which]; }

uint32_t sotto_card_devices(const struct sotto_cards *cards, int index, bool captures) {
  return cards->card[index].devices[captures];
}
