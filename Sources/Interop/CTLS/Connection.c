#include "Internal.h"

#include <limits.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

struct ctls_connection {
  SSL_CTX *context;
  SSL *ssl;
  BIO *incoming;  // both BIOs belong to ssl
  BIO *outgoing;
  bool is_pinned;
  bool wrong_key;
  bool is_handshaken;
  uint8_t pinned[CTLS_DIGEST_SIZE];
  uint8_t peer[CTLS_DIGEST_SIZE];
  char protocol[32];
  ctls_failure failure;
};

// A longer handshake message than our own certificates need is not buffered.
static const long CERTIFICATE_MESSAGE_LIMIT = 8192;

// Replaces the verification of a certificate chain: the key alone counts.
static int verify(X509_STORE_CTX *store, void *argument) {
  ctls_connection *connection = argument;
  X509 *certificate = X509_STORE_CTX_get0_cert(store);
  bool ok = certificate && ctls_spki_fingerprint(certificate, connection->peer);
  if (ok && connection->is_pinned) ok = ctls_equal(connection->peer, connection->pinned, CTLS_DIGEST_SIZE);
  if (!ok) {
    connection->wrong_key = true;
    X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
  }
  return ok ? 1 : 0;
}

static int select_protocol(
  SSL *ssl, const unsigned char **chosen, unsigned char *chosen_count, const unsigned char *offered, unsigned int count,
  void *argument) {
  (void)ssl;
  ctls_connection *connection = argument;
  size_t wanted = strlen(connection->protocol);
  for (unsigned int at = 0; at < count && offered[at] < count - at; at += 1u + offered[at]) {
    if (offered[at] == wanted && memcmp(offered + at + 1, connection->protocol, wanted) == 0) {
      *chosen = offered + at + 1;
      *chosen_count = offered[at];
      return SSL_TLSEXT_ERR_OK;
    }
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static bool configure(
  ctls_connection *connection, ctls_role role, const uint8_t *key, size_t key_count, const uint8_t *certificate,
  size_t certificate_count) {
  SSL_CTX *context = SSL_CTX_new(role == CTLS_ROLE_SERVER ? TLS_server_method() : TLS_client_method());
  connection->context = context;
  if (!context || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_ciphersuites(context, "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256") != 1 ||
      SSL_CTX_set1_groups_list(context, "X25519:P-256") != 1 ||
      SSL_CTX_set1_sigalgs_list(context, "ECDSA+SHA256") != 1 ||
      SSL_CTX_use_PrivateKey_ASN1(EVP_PKEY_EC, context, key, (long)key_count) != 1 ||
      SSL_CTX_use_certificate_ASN1(context, (int)certificate_count, certificate) != 1 ||
      SSL_CTX_check_private_key(context) != 1 || SSL_CTX_set_num_tickets(context, 0) != 1)
    return false;
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_max_cert_list(context, CERTIFICATE_MESSAGE_LIMIT);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
  SSL_CTX_set_cert_verify_callback(context, verify, connection);
  SSL_CTX_set_alpn_select_cb(context, select_protocol, connection);
  return true;
}

ctls_connection *ctls_connection_create(
  ctls_role role, const uint8_t *key, size_t key_count, const uint8_t *certificate, size_t certificate_count,
  const uint8_t *pinned, const char *protocol) {
  ERR_clear_error();
  size_t protocol_count = strlen(protocol);
  ctls_connection *connection = OPENSSL_zalloc(sizeof *connection);
  if (!connection) return NULL;
  if (protocol_count == 0 || protocol_count >= sizeof connection->protocol || key_count > CTLS_KEY_LIMIT ||
      certificate_count > CTLS_CERTIFICATE_LIMIT)
    goto failed;
  memcpy(connection->protocol, protocol, protocol_count);
  if (pinned) {
    connection->is_pinned = true;
    memcpy(connection->pinned, pinned, CTLS_DIGEST_SIZE);
  }
  if (!configure(connection, role, key, key_count, certificate, certificate_count)) goto failed;
  connection->ssl = SSL_new(connection->context);
  BIO *incoming = BIO_new(BIO_s_mem());
  BIO *outgoing = BIO_new(BIO_s_mem());
  if (!connection->ssl || !incoming || !outgoing) {
    BIO_free(incoming);
    BIO_free(outgoing);
    goto failed;
  }
  SSL_set_bio(connection->ssl, incoming, outgoing);
  connection->incoming = incoming;
  connection->outgoing = outgoing;
  if (role == CTLS_ROLE_SERVER) {
    SSL_set_accept_state(connection->ssl);
  } else {
    unsigned char offer[1 + sizeof connection->protocol];
    offer[0] = (unsigned char)protocol_count;
    memcpy(offer + 1, protocol, protocol_count);
    if (SSL_set_alpn_protos(connection->ssl, offer, (unsigned int)protocol_count + 1) != 0) goto failed;
    SSL_set_connect_state(connection->ssl);
  }
  return connection;
failed:
  ctls_connection_free(connection);
  return NULL;
}

void ctls_connection_free(ctls_connection *connection) {
  if (!connection) return;
  SSL_free(connection->ssl);
  SSL_CTX_free(connection->context);
  OPENSSL_free(connection);
}

bool ctls_receive(ctls_connection *connection, const uint8_t *bytes, size_t count) {
  while (count > 0) {
    int part = count > INT_MAX ? INT_MAX : (int)count;
    int kept = BIO_write(connection->incoming, bytes, part);
    if (kept <= 0) return false;
    bytes += kept;
    count -= (size_t)kept;
  }
  return true;
}

// Alert numbers: RFC 8446 6.
static ctls_failure failure_by_alert(int alert) {
  switch (alert) {
  case SSL_AD_BAD_CERTIFICATE:
  case SSL_AD_UNSUPPORTED_CERTIFICATE:
  case SSL_AD_CERTIFICATE_REVOKED:
  case SSL_AD_CERTIFICATE_EXPIRED:
  case SSL_AD_CERTIFICATE_UNKNOWN:
  case SSL_AD_UNKNOWN_CA:
  case SSL_AD_ACCESS_DENIED:
  case SSL_AD_CERTIFICATE_REQUIRED: return CTLS_FAILURE_REJECTED;
  case SSL_AD_PROTOCOL_VERSION: return CTLS_FAILURE_VERSION;
  case SSL_AD_NO_APPLICATION_PROTOCOL: return CTLS_FAILURE_APPLICATION_PROTOCOL;
  default: return CTLS_FAILURE_ALERT;
  }
}

static ctls_failure failure_by_reason(const ctls_connection *connection, int reason) {
  if (connection->wrong_key) return CTLS_FAILURE_WRONG_KEY;
  // Alerts from the peer are reported as reasons above SSL_AD_REASON_OFFSET.
  if (reason > SSL_AD_REASON_OFFSET && reason <= SSL_AD_REASON_OFFSET + 255)
    return failure_by_alert(reason - SSL_AD_REASON_OFFSET);
  switch (reason) {
  case SSL_R_WRONG_VERSION_NUMBER:
  case SSL_R_HTTP_REQUEST:
  case SSL_R_HTTPS_PROXY_REQUEST:
  case SSL_R_PACKET_LENGTH_TOO_LONG: return connection->is_handshaken ? CTLS_FAILURE_PROTOCOL : CTLS_FAILURE_NOT_TLS;
  case SSL_R_UNSUPPORTED_PROTOCOL:
  case SSL_R_WRONG_SSL_VERSION:
  case SSL_R_VERSION_TOO_LOW:
  case SSL_R_VERSION_TOO_HIGH:
  case SSL_R_UNKNOWN_PROTOCOL: return CTLS_FAILURE_VERSION;
  case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
  case SSL_R_NO_APPLICATION_PROTOCOL: return CTLS_FAILURE_APPLICATION_PROTOCOL;
  default: return CTLS_FAILURE_PROTOCOL;
  }
}

static ctls_result result_of(ctls_connection *connection, int returned) {
  switch (SSL_get_error(connection->ssl, returned)) {
  case SSL_ERROR_WANT_READ: return CTLS_RESULT_WAIT;
  case SSL_ERROR_ZERO_RETURN: return CTLS_RESULT_CLOSED;
  default:
    connection->failure = failure_by_reason(connection, ERR_GET_REASON(ERR_peek_error()));
    ERR_clear_error();
    return CTLS_RESULT_FAILED;
  }
}

ctls_result ctls_handshake(ctls_connection *connection) {
  ERR_clear_error();
  int returned = SSL_do_handshake(connection->ssl);
  if (returned != 1) return result_of(connection, returned);
  connection->is_handshaken = true;
  return CTLS_RESULT_DONE;
}

bool ctls_has_protocol(const ctls_connection *connection) {
  const unsigned char *chosen = NULL;
  unsigned int count = 0;
  SSL_get0_alpn_selected(connection->ssl, &chosen, &count);
  return count == strlen(connection->protocol) && memcmp(chosen, connection->protocol, count) == 0;
}

void ctls_peer_fingerprint(const ctls_connection *connection, uint8_t *fingerprint) {
  memcpy(fingerprint, connection->peer, CTLS_DIGEST_SIZE);
}

ctls_result ctls_read(ctls_connection *connection, uint8_t *bytes, size_t *count) {
  ERR_clear_error();
  size_t capacity = *count;
  *count = 0;
  int returned = SSL_read_ex(connection->ssl, bytes, capacity, count);
  return returned == 1 ? CTLS_RESULT_DONE : result_of(connection, returned);
}

bool ctls_write(ctls_connection *connection, const uint8_t *bytes, size_t count) {
  ERR_clear_error();
  size_t written = 0;
  return SSL_write_ex(connection->ssl, bytes, count, &written) == 1 && written == count;
}

void ctls_close(ctls_connection *connection) {
  ERR_clear_error();
  if (SSL_is_init_finished(connection->ssl)) SSL_shutdown(connection->ssl);
  ERR_clear_error();
}

ctls_failure ctls_failure_of(const ctls_connection *connection) {
  return connection->failure;
}

const uint8_t *ctls_output(ctls_connection *connection, size_t *count) {
  char *bytes = NULL;
  long pending = BIO_get_mem_data(connection->outgoing, &bytes);
  *count = pending > 0 ? (size_t)pending : 0;
  return (const uint8_t *)bytes;
}

void ctls_output_taken(ctls_connection *connection, size_t count) {
  uint8_t scratch[1024];
  while (count > 0) {
    int part = count > sizeof scratch ? (int)sizeof scratch : (int)count;
    int taken = BIO_read(connection->outgoing, scratch, part);
    if (taken <= 0) return;
    count -= (size_t)taken;
  }
}
