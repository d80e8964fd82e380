#pragma once

#include <opus/opus.h>
#include <stdint.h>

// Opus sets its options through variadic calls and computed macros, which Swift does not import. These shims say each option
// once, by name. All return an Opus error number (OPUS_OK is 0, errors are negative) unless stated otherwise.

/// A mono encoder for speech (OPUS_APPLICATION_VOIP, signal type voice, 16-bit input), variable bit rate.
/// `rate` is one of 8000, 12000, 16000, 24000, 48000 Hz; `bitrate` in bit/s; `complexity` 0…10.
/// `expected_loss_percent` above 0 also switches in-band forward error correction on.
/// Returns NULL and sets `error` when it cannot be made.
OpusEncoder *copus_voice_encoder_create(int32_t rate, int32_t bitrate, int32_t complexity, int32_t expected_loss_percent,
                                        int32_t *error);

/// How much work each frame from now on is worth, 0…10; OPUS_OK or a status. The signal so far stays.
int32_t copus_encoder_set_complexity(OpusEncoder *encoder, int32_t complexity);

/// Forgets the signal so far; settings stay.
int32_t copus_encoder_reset(OpusEncoder *encoder);

/// From the next frame on, in bit/s.
int32_t copus_encoder_set_bitrate(OpusEncoder *encoder, int32_t bitrate);

/// Samples of algorithmic delay at the encoder's rate, or a negative error.
int32_t copus_encoder_lookahead(OpusEncoder *encoder);

/// A mono decoder at `rate` Hz. Returns NULL and sets `error` when it cannot be made.
OpusDecoder *copus_decoder_create(int32_t rate, int32_t *error);

/// Forgets the signal so far.
int32_t copus_decoder_reset(OpusDecoder *decoder);

/// Makes up `count` samples for a lost packet from the signal before it. Returns samples written or a negative error.
int32_t copus_decoder_conceal(OpusDecoder *decoder, int16_t *samples, int32_t count);
