#pragma once
#include <stdint.h>

/// Calls of malloc, calloc, realloc and their aligned kin that the calling thread has made since it began. Counted by standing in for glibc's
/// allocator in the test program; the memory itself still comes from glibc. What OpenSSL asks for on its own account is left out: with
/// SSL_MODE_RELEASE_BUFFERS it makes and frees its buffers for each record, so that a parked link holds none.
uint64_t sotto_allocations(void);
