#include "COpus.h"

#include <stddef.h>

OpusEncoder *copus_voice_encoder_create(int32_t rate, int32_t bitrate, int32_t complexity, int32_t expected_loss_percent,
                                        int32_t *error) {
  int status = OPUS_OK;
  OpusEncoder *encoder = opus_encoder_create(rate, 1, OPUS_APPLICATION_VOIP, &status);
  if (encoder != NULL) {
    if (status == OPUS_OK) status = opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate));
    if (status == OPUS_OK) status = opus_encoder_ctl(encoder, OPUS_SET_VBR(1));
    if (status == OPUS_OK) status = opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
    if (status == OPUS_OK) status = opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
    if (status == OPUS_OK) status = opus_encoder_ctl(encoder, OPUS_SET_LSB_DEPTH(16));
    if (status == OPUS_OK) status = opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(expected_loss_percent));
    if (status == OPUS_OK) status = opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(expected_loss_percent > 0));
    if (status != OPUS_OK) {
      opus_encoder_destroy(encoder);
      encoder = NULL;
    }
  }
  *error = status;
  return encoder;
}

int32_t copus_encoder_set_complexity(OpusEncoder *encoder, int32_t complexity) {
  return opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(complexity));
}

int32_t copus_encoder_reset(OpusEncoder *encoder) { return opus_encoder_ctl(encoder, OPUS_RESET_STATE); }

int32_t copus_encoder_set_bitrate(OpusEncoder *encoder, int32_t bitrate) {
  return opus_encoder_ctl(encoder, OPUS_SET_BITRATE(bitrate));
}

int32_t copus_encoder_lookahead(OpusEncoder *encoder) {
  opus_int32 samples = 0;
  int status = opus_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(&samples));
  return status == OPUS_OK ? samples : status;
}

OpusDecoder *copus_decoder_create(int32_t rate, int32_t *error) {
  int status = OPUS_OK;
  OpusDecoder *decoder = opus_decoder_create(rate, 1, &status);
  *error = status;
  return decoder;
}

int32_t copus_decoder_reset(OpusDecoder *decoder) { return opus_decoder_ctl(decoder, OPUS_RESET_STATE); }

int32_t copus_decoder_conceal(OpusDecoder *decoder, int16_t *samples, int32_t count) {
  return opus_decode(decoder, NULL, 0, samples, count, 0);
}
