#include "CAllocationCount.h"

#include <errno.h>
#include <stddef.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

// In the program's own block of thread-local storage, so that reaching it never allocates.
static __thread uint64_t calls __attribute__((tls_model("initial-exec")));

uint64_t sotto_allocations(void) { return calls; }

void *malloc(size_t size) {
  calls++;
  return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  calls++;
  return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  calls++;
  return __libc_realloc(old, size);
}

void *memalign(size_t alignment, size_t size) {
  calls++;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **memory, size_t alignment, size_t size) {
  void *got = memalign(alignment, size);
  if (!got) return ENOMEM;
  *memory = got;
  return 0;
}

void free(void *memory) { __libc_free(memory); }

// OpenSSL, past the counter. It takes other functions only before it has allocated anything.

int CRYPTO_set_mem_functions(
    void *(*make)(size_t, const char *, int), void *(*change)(void *, size_t, const char *, int),
    void (*end)(void *, const char *, int));

static void *crypto_malloc(size_t size, const char *file, int line) {
  (void)file, (void)line;
  return __libc_malloc(size);
}

static void *crypto_realloc(void *old, size_t size, const char *file, int line) {
  (void)file, (void)line;
  return __libc_realloc(old, size);
}

static void crypto_free(void *memory, const char *file, int line) {
  (void)file, (void)line;
  __libc_free(memory);
}

__attribute__((constructor)) static void leave_openssl_out(void) {
  CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free);
}
