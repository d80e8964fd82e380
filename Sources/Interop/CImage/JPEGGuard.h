#pragma once

// libjpeg reports errors by a call that must not return: it jumps back to where the guard was set.

#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h>

struct jpeg_guard {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
  char text[JMSG_LENGTH_MAX];
};

static inline void jpeg_failed(j_common_ptr state) {
  struct jpeg_guard *guard = (struct jpeg_guard *)state->err;
  guard->manager.format_message(state, guard->text);
  longjmp(guard->escape, 1);
}

static inline void jpeg_quiet(j_common_ptr state, int level) {
  (void)state;
  (void)level;
}

static inline struct jpeg_error_mgr *jpeg_guarded(struct jpeg_guard *guard) {
  struct jpeg_error_mgr *manager = jpeg_std_error(&guard->manager);
  manager->error_exit = jpeg_failed;
  manager->emit_message = jpeg_quiet;
  guard->text[0] = 0;
  return manager;
}
