#pragma once

#include "CTLS.h"

#include <openssl/types.h>

// SHA-256 of the certificate's SubjectPublicKeyInfo, CTLS_DIGEST_SIZE bytes.
bool ctls_spki_fingerprint(X509 *certificate, uint8_t *fingerprint);
