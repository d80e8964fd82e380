// Loaded before the tests by tools/sanitize: valgrind 3.19 writes into the mask that a program waits with, and libdispatch's is read-only.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
  sigset_t copy = *mask;
  return (int)syscall(SYS_rt_sigsuspend, &copy, _NSIG / 8);
}
