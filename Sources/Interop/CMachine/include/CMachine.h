#pragma once

// What a machine says of itself: its kernel, the user and the groups of this program, who may use a file, and what is in folders
// of devices. Thin: no policy. Functions that return `int` give 0 or more, or a negated error number; texts are cut to `capacity`
// with their final zero.

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Live for ever: `6.1.0-18-arm64` and `aarch64`.
const char *sotto_kernel_release(void);
const char *sotto_machine(void);

bool sotto_is_root(void);
// The number in digits when the user has no name.
void sotto_user_name(char *text, size_t capacity);
// Groups of this program, the primary one first.
int sotto_group_count(void);
int sotto_group_name(int index, char *text, size_t capacity);

// Whether this program may read and write a file: 1, 0, or the error of looking.
int sotto_may_use(const char *path);
// The group that a file belongs to, and its mode bits.
int sotto_file_group(const char *path, char *text, size_t capacity);
int sotto_file_mode(const char *path);
// The text of a symbolic link.
int sotto_link_target(const char *path, char *text, size_t capacity);

// The first bytes of a file, unpacked when it is packed by gzip: how many.
int64_t sotto_read_packed(const char *path, uint8_t *bytes, size_t capacity);

// The names in a folder that begin with `prefix`, whatever they are, in the order of their numbers (`video2` before `video10`), each
// ended by a NUL, in memory of malloc; `*size` is its length. How many there are.
int sotto_list_names(const char *folder, const char *prefix, char **names, size_t *size);

// Whether a person sits at a descriptor.
bool sotto_is_terminal(int fd);
