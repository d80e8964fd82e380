#pragma once

// A thin shim over OpenSSL 3: TLS 1.3 over memory, self-signed P-256 identities, SHA-256, random bytes. What is accepted and when is decided by the caller.
// Nothing here is thread-safe; use one connection from one thread. Counts are in bytes.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Swift sees these as enums that can be switched over completely, with the given names of cases.
#define CTLS_CLOSED_ENUM __attribute__((enum_extensibility(closed)))
#define CTLS_CASE(name) __attribute__((swift_name(#name)))

enum {
  CTLS_DIGEST_SIZE = 32,
  // A P-256 key in PKCS#8 takes 138 bytes, a certificate of ours below 400.
  CTLS_KEY_LIMIT = 256,
  CTLS_CERTIFICATE_LIMIT = 1024,
  CTLS_SEAL_KEY_SIZE = 32,
  CTLS_SEAL_TAG_SIZE = 16,
};

// MARK: - Primitives

bool ctls_sha256(const uint8_t *bytes, size_t count, uint8_t *digest);
// From the system's cryptographic generator.
bool ctls_random(uint8_t *bytes, size_t count);
// In a time that does not depend on the contents.
bool ctls_equal(const uint8_t *a, const uint8_t *b, size_t count);
// Overwrites with zeros, also where the compiler thinks that nobody looks.
void ctls_wipe(void *bytes, size_t count);
// ChaCha20-Poly1305 (RFC 8439) with a key of CTLS_SEAL_KEY_SIZE bytes. The nonce is `number`, never to be used twice with one key. `sealed` has room for
// count + CTLS_SEAL_TAG_SIZE bytes.
bool ctls_seal(const uint8_t *key, uint64_t number, const uint8_t *plain, size_t count, uint8_t *sealed);
// The reverse: `count` bytes with their tag; false when anything was changed.
bool ctls_unseal(const uint8_t *key, uint64_t number, const uint8_t *sealed, size_t count, uint8_t *plain);

// MARK: - Identity

// Makes a P-256 key (PKCS#8 DER) and its self-signed certificate (DER, common name "sotto", no end of validity: RFC 5280 4.1.2.5).
// The buffers hold CTLS_KEY_LIMIT and CTLS_CERTIFICATE_LIMIT bytes; the counts used are written.
bool ctls_identity_create(uint8_t *key, size_t *key_count, uint8_t *certificate, size_t *certificate_count);
// Whether both parse with nothing behind them, the key is on P-256 and the certificate is for it.
bool ctls_identity_is_usable(const uint8_t *key, size_t key_count, const uint8_t *certificate, size_t certificate_count);
// SHA-256 of the certificate's SubjectPublicKeyInfo; false when it does not parse.
bool ctls_certificate_fingerprint(const uint8_t *certificate, size_t count, uint8_t *fingerprint);
// The PEM form of DER bytes, without a terminating zero; 0 when it does not fit.
size_t ctls_pem(const char *label, const uint8_t *bytes, size_t count, char *pem, size_t capacity);

// MARK: - Connection

typedef struct ctls_connection ctls_connection;

typedef enum CTLS_CLOSED_ENUM ctls_role : int {
  CTLS_ROLE_CLIENT CTLS_CASE(client) = 0,
  CTLS_ROLE_SERVER CTLS_CASE(server) = 1,
} ctls_role;

typedef enum CTLS_CLOSED_ENUM ctls_result : int {
  CTLS_RESULT_DONE CTLS_CASE(done) = 0,
  // More ciphertext is needed.
  CTLS_RESULT_WAIT CTLS_CASE(wait) = 1,
  // The peer sent close_notify.
  CTLS_RESULT_CLOSED CTLS_CASE(closed) = 2,
  // See ctls_failure_of.
  CTLS_RESULT_FAILED CTLS_CASE(failed) = 3,
} ctls_result;

typedef enum CTLS_CLOSED_ENUM ctls_failure : int {
  CTLS_FAILURE_NONE CTLS_CASE(none) = 0,
  // What came is no TLS record.
  CTLS_FAILURE_NOT_TLS CTLS_CASE(notTLS) = 1,
  // The peer does not speak TLS 1.3.
  CTLS_FAILURE_VERSION CTLS_CASE(version) = 2,
  // The peer's key is not the pinned one, or it showed none.
  CTLS_FAILURE_WRONG_KEY CTLS_CASE(wrongKey) = 3,
  // The peer does not offer or accept the application protocol.
  CTLS_FAILURE_APPLICATION_PROTOCOL CTLS_CASE(applicationProtocol) = 4,
  // The peer's alert says that it does not accept our certificate.
  CTLS_FAILURE_REJECTED CTLS_CASE(rejected) = 5,
  // Any other alert from the peer.
  CTLS_FAILURE_ALERT CTLS_CASE(alert) = 6,
  // A record that does not authenticate, or a message that TLS does not allow.
  CTLS_FAILURE_PROTOCOL CTLS_CASE(protocol) = 7,
} ctls_failure;

// TLS 1.3 only, no tickets, no resumption, both sides show a certificate. `pinned` is the only SPKI fingerprint that is accepted
// (CTLS_DIGEST_SIZE bytes, compared in constant time), or null for any. `protocol` is the one application protocol (ALPN). NULL when the identity
// is unusable or memory is short.
ctls_connection *ctls_connection_create(
  ctls_role role, const uint8_t *key, size_t key_count, const uint8_t *certificate, size_t certificate_count,
  const uint8_t *pinned, const char *protocol);
void ctls_connection_free(ctls_connection *connection);

// Keeps ciphertext that arrived.
bool ctls_receive(ctls_connection *connection, const uint8_t *bytes, size_t count);
// Goes on with the handshake.
ctls_result ctls_handshake(ctls_connection *connection);
// Whether the application protocol was agreed on, and the peer's fingerprint (CTLS_DIGEST_SIZE bytes); meaningful after the handshake.
bool ctls_has_protocol(const ctls_connection *connection);
void ctls_peer_fingerprint(const ctls_connection *connection, uint8_t *fingerprint);
// Plaintext that arrived; `*count` is the capacity and becomes what was read.
ctls_result ctls_read(ctls_connection *connection, uint8_t *bytes, size_t *count);
// Encrypts all of it.
bool ctls_write(ctls_connection *connection, const uint8_t *bytes, size_t count);
// Queues close_notify.
void ctls_close(ctls_connection *connection);
ctls_failure ctls_failure_of(const ctls_connection *connection);

// Ciphertext to be sent; valid until the next call. `*count` may be 0.
const uint8_t *ctls_output(ctls_connection *connection, size_t *count);
void ctls_output_taken(ctls_connection *connection, size_t count);
