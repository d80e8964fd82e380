#include "Internal.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>

bool ctls_sha256(const uint8_t *bytes, size_t count, uint8_t *digest) {
  return EVP_Digest(bytes, count, digest, NULL, EVP_sha256(), NULL) == 1;
}

bool ctls_random(uint8_t *bytes, size_t count) {
  return count <= INT_MAX && RAND_bytes(bytes, (int)count) == 1;
}

bool ctls_equal(const uint8_t *a, const uint8_t *b, size_t count) {
  return CRYPTO_memcmp(a, b, count) == 0;
}

void ctls_wipe(void *bytes, size_t count) {
  OPENSSL_cleanse(bytes, count);
}

enum { NONCE_SIZE = 12 };

static void nonce_of(uint64_t number, uint8_t nonce[NONCE_SIZE]) {
  memset(nonce, 0, NONCE_SIZE);
  for (int index = 0; index < 8; index++) nonce[NONCE_SIZE - 1 - index] = (uint8_t)(number >> (8 * index));
}

bool ctls_seal(const uint8_t *key, uint64_t number, const uint8_t *plain, size_t count, uint8_t *sealed) {
  uint8_t nonce[NONCE_SIZE];
  int written = 0, rest = 0;
  if (count > INT_MAX) return false;
  nonce_of(number, nonce);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  bool done = context && EVP_EncryptInit_ex(context, EVP_chacha20_poly1305(), NULL, key, nonce) == 1 &&
              EVP_EncryptUpdate(context, sealed, &written, plain, (int)count) == 1 &&
              EVP_EncryptFinal_ex(context, sealed + written, &rest) == 1 && (size_t)(written + rest) == count &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, CTLS_SEAL_TAG_SIZE, sealed + count) == 1;
  EVP_CIPHER_CTX_free(context);
  return done;
}

bool ctls_unseal(const uint8_t *key, uint64_t number, const uint8_t *sealed, size_t count, uint8_t *plain) {
  uint8_t nonce[NONCE_SIZE], tag[CTLS_SEAL_TAG_SIZE];
  int written = 0, rest = 0;
  if (count < CTLS_SEAL_TAG_SIZE || count > INT_MAX) return false;
  size_t size = count - CTLS_SEAL_TAG_SIZE;
  memcpy(tag, sealed + size, sizeof tag);
  nonce_of(number, nonce);
  EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
  bool done = context && EVP_DecryptInit_ex(context, EVP_chacha20_poly1305(), NULL, key, nonce) == 1 &&
              EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, sizeof tag, tag) == 1 &&
              EVP_DecryptUpdate(context, plain, &written, sealed, (int)size) == 1 &&
              EVP_DecryptFinal_ex(context, plain + written, &rest) == 1;
  EVP_CIPHER_CTX_free(context);
  if (!done) OPENSSL_cleanse(plain, size);
  return done;
}

bool ctls_spki_fingerprint(X509 *certificate, uint8_t *fingerprint) {
  unsigned char *spki = NULL;
  int count = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &spki);
  bool ok = count > 0 && ctls_sha256(spki, (size_t)count, fingerprint);
  OPENSSL_free(spki);
  return ok;
}

static X509 *parse_certificate(const uint8_t *bytes, size_t count) {
  const unsigned char *end = bytes;
  if (count > CTLS_CERTIFICATE_LIMIT * 8) return NULL;
  X509 *certificate = d2i_X509(NULL, &end, (long)count);
  if (certificate && end != bytes + count) {
    X509_free(certificate);
    certificate = NULL;
  }
  return certificate;
}

static EVP_PKEY *parse_key(const uint8_t *bytes, size_t count) {
  const unsigned char *end = bytes;
  if (count > CTLS_KEY_LIMIT) return NULL;
  EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &end, (long)count);
  char group[32] = "";
  if (key && (end != bytes + count || EVP_PKEY_get_group_name(key, group, sizeof group, NULL) != 1 ||
              strcmp(group, SN_X9_62_prime256v1) != 0)) {
    EVP_PKEY_free(key);
    key = NULL;
  }
  return key;
}

static X509 *self_signed(EVP_PKEY *key) {
  X509 *certificate = X509_new();
  uint8_t serial[16];
  if (!certificate || !ctls_random(serial, sizeof serial)) goto failed;
  serial[0] = (serial[0] & 0x7f) | 0x40;  // positive, and always as long
  BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
  bool numbered = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
  BN_free(number);
  X509_NAME *name = X509_get_subject_name(certificate);
  if (numbered && X509_set_version(certificate, X509_VERSION_3) &&
      X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC, (const unsigned char *)"sotto", -1, -1, 0) &&
      X509_set_issuer_name(certificate, name) &&
      // The glasses may have no idea of the date, and a pinned key needs none.
      ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20000101000000Z") &&
      ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") &&
      X509_set_pubkey(certificate, key) && X509_sign(certificate, key, EVP_sha256()))
    return certificate;
failed:
  X509_free(certificate);
  return NULL;
}

bool ctls_identity_create(uint8_t *key, size_t *key_count, uint8_t *certificate, size_t *certificate_count) {
  EVP_PKEY *pair = EVP_EC_gen(SN_X9_62_prime256v1);
  X509 *signed_certificate = pair ? self_signed(pair) : NULL;
  PKCS8_PRIV_KEY_INFO *portable = pair ? EVP_PKEY2PKCS8(pair) : NULL;
  bool ok = false;
  if (signed_certificate && portable) {
    int key_size = i2d_PKCS8_PRIV_KEY_INFO(portable, NULL);
    int certificate_size = i2d_X509(signed_certificate, NULL);
    if (key_size > 0 && key_size <= CTLS_KEY_LIMIT && certificate_size > 0 && certificate_size <= CTLS_CERTIFICATE_LIMIT) {
      *key_count = (size_t)i2d_PKCS8_PRIV_KEY_INFO(portable, &key);
      *certificate_count = (size_t)i2d_X509(signed_certificate, &certificate);
      ok = true;
    }
  }
  PKCS8_PRIV_KEY_INFO_free(portable);
  X509_free(signed_certificate);
  EVP_PKEY_free(pair);
  return ok;
}

bool ctls_identity_is_usable(const uint8_t *key, size_t key_count, const uint8_t *certificate, size_t certificate_count) {
  EVP_PKEY *private_key = parse_key(key, key_count);
  X509 *parsed = parse_certificate(certificate, certificate_count);
  bool ok = private_key && parsed && X509_check_private_key(parsed, private_key) == 1;
  X509_free(parsed);
  EVP_PKEY_free(private_key);
  return ok;
}

bool ctls_certificate_fingerprint(const uint8_t *certificate, size_t count, uint8_t *fingerprint) {
  X509 *parsed = parse_certificate(certificate, count);
  bool ok = parsed && ctls_spki_fingerprint(parsed, fingerprint);
  X509_free(parsed);
  return ok;
}

size_t ctls_pem(const char *label, const uint8_t *bytes, size_t count, char *pem, size_t capacity) {
  BIO *sink = BIO_new(BIO_s_secmem());
  size_t size = 0;
  if (sink && count <= LONG_MAX && PEM_write_bio(sink, label, "", bytes, (long)count) > 0) {
    char *text = NULL;
    long length = BIO_get_mem_data(sink, &text);
    if (length > 0 && (size_t)length <= capacity) {
      memcpy(pem, text, (size_t)length);
      size = (size_t)length;
    }
  }
  BIO_free(sink);
  return size;
}
