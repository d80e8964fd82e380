#pragma once

// The Linux system calls that the firmware uses. No policy: each function is one call or one small family of calls.
// Functions that return `int` or `int64_t` give a value of 0 or more, or the negated error number. A call that a signal
// interrupted is made again (RETRY in CLinux.c is the one place for that).

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// MARK: Clock, timers, waiting

// Nanoseconds of CLOCK_BOOTTIME.
int64_t sotto_now(void);
// Nanoseconds to be added to a time of CLOCK_MONOTONIC, which stands still during a suspend, to make it one of CLOCK_BOOTTIME.
int64_t sotto_boot_offset(void);

static const uint32_t SOTTO_READABLE = 0x001;  // EPOLLIN
static const uint32_t SOTTO_URGENT = 0x002;    // EPOLLPRI
static const uint32_t SOTTO_WRITABLE = 0x004;  // EPOLLOUT
static const uint32_t SOTTO_FAILED = 0x008;    // EPOLLERR
static const uint32_t SOTTO_HUNG_UP = 0x010;   // EPOLLHUP
static const uint32_t SOTTO_PEER_DONE = 0x2000;  // EPOLLRDHUP
static const uint32_t SOTTO_EDGE = 1u << 31;   // EPOLLET

struct sotto_ready {
  uint64_t token;
  uint32_t events;
};

int sotto_epoll_create(void);
int sotto_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int sotto_epoll_change(int epoll, int fd, uint32_t events, uint64_t token);
int sotto_epoll_remove(int epoll, int fd);
// `milliseconds` 0 only looks, -1 waits without end.
int sotto_epoll_wait(int epoll, struct sotto_ready *ready, int capacity, int milliseconds);

// A timerfd on CLOCK_BOOTTIME, not armed.
int sotto_timer_create(void);
// Arms for an absolute time; 0 disarms.
int sotto_timer_arm(int fd, int64_t nanoseconds);

// A timer like it that wakes the system from suspend. -EPERM without the right to (CAP_WAKE_ALARM), -EINVAL without a clock that can wake.
int sotto_alarm_create(void);

// Nanoseconds until it expires, 0 when it is not armed.
int64_t sotto_timer_remaining(int fd);

int sotto_event_create(void);
int sotto_event_signal(int fd);
int sotto_event_clear(int fd);

// Blocks SIGINT, SIGTERM and SIGHUP, ignores SIGPIPE, and returns a descriptor that reads them.
int sotto_signals_create(void);
// The number of the next signal, 0 when there is none.
int sotto_signals_read(int fd);

// MARK: News of devices

// A descriptor of the kernel's own news of devices (NETLINK_KOBJECT_UEVENT): readable when there is some.
int sotto_uevents_create(void);
// The next message, as NUL-terminated texts: `ACTION@PATH`, then `KEY=VALUE`. Its length; 0 when there is none; SOTTO_UEVENTS_LOST
// when the kernel had to drop some. Messages that do not come from the kernel are left out.
int64_t sotto_uevents_read(int fd, void *bytes, size_t count);
static const int64_t SOTTO_UEVENTS_LOST = -105;  // -ENOBUFS

// MARK: Files

static const int32_t SOTTO_OPEN_READ = 0;
static const int32_t SOTTO_OPEN_REPLACE = 1;  // write, create, empty
static const int32_t SOTTO_OPEN_CREATE_NEW = 2;  // write, must not exist
static const int32_t SOTTO_OPEN_DIRECTORY = 3;
static const int32_t SOTTO_OPEN_WRITE = 4;  // must exist, keeps what it holds

int sotto_open(const char *path, int32_t how, uint32_t mode);
void sotto_close(int fd);
int64_t sotto_read(int fd, void *bytes, size_t count);
// Writes everything or fails.
int sotto_write_all(int fd, const void *bytes, size_t count);
int sotto_write_at(int fd, const void *bytes, size_t count, int64_t offset);
int sotto_sync(int fd);
int64_t sotto_file_size(int fd);
int sotto_rename(const char *from, const char *to);
int sotto_unlink(const char *path);
int sotto_make_directory(const char *path, uint32_t mode);
int sotto_set_mode(const char *path, uint32_t mode);
// 1 a folder, 0 something else.
int sotto_is_directory(const char *path);
// The names of the plain files in a folder, sorted by byte, each ended by a NUL, in memory of malloc; `*size` is its length.
int sotto_list_files(const char *path, char **names, size_t *size);
void sotto_free(void *memory);

// MARK: Sockets

struct sotto_address {
  uint32_t size;
  uint8_t bytes[128];
};

// Addresses of a host given by number; -EINVAL when it is a name.
int sotto_numeric_addresses(const char *host, const char *port, struct sotto_address *addresses, int capacity);

// A look-up of a host by name. It runs on a thread of its own because getaddrinfo has no other way not to block;
// `sotto_lookup_fd` becomes readable when it has ended.
struct sotto_lookup;
struct sotto_lookup *sotto_lookup_start(const char *host, const char *port);
int sotto_lookup_fd(const struct sotto_lookup *lookup);
// How many addresses were found, or the negated error number. Only after the descriptor became readable.
int sotto_lookup_result(const struct sotto_lookup *lookup, struct sotto_address *addresses, int capacity);
// Allowed at any time: a look-up that still runs is left to end by itself.
void sotto_lookup_release(struct sotto_lookup *lookup);

// A non-blocking TCP socket on its way to `address`: the descriptor. Wait until it is writable, then ask `sotto_socket_error`.
// What the peer leaves unacknowledged for longer ends the connection with ETIMEDOUT, so that another can take its place.
#define SOTTO_SILENCE_MILLISECONDS 2000
int sotto_connect(const struct sotto_address *address);
// The pending error of a socket as a positive error number, 0 when it is well.
int sotto_socket_error(int fd);
int64_t sotto_send(int fd, const void *bytes, size_t count);
int64_t sotto_receive(int fd, void *bytes, size_t count);

// MARK: Local sockets

// A listening stream socket at `path`, of mode 0600, non-blocking: the descriptor. -EADDRINUSE when somebody listens there, -EEXIST when
// something else than a socket is there, -ENAMETOOLONG over 107 bytes. A socket that a program left behind is replaced.
int sotto_listen_local(const char *path);
// The next connection, non-blocking, and the process and the user at its other end as the kernel saw them when it connected.
int sotto_accept_local(int fd, int32_t *process, uint32_t *user);
// The user that this program runs as.
uint32_t sotto_user_id(void);

// MARK: Error numbers

int32_t sotto_error_would_block(void);
// What kind of failure an error number is.
enum sotto_failure {
  SOTTO_FAILURE_OTHER = 0,
  SOTTO_FAILURE_NOT_THERE = 1,
  SOTTO_FAILURE_FORBIDDEN = 2,
  SOTTO_FAILURE_BUSY = 3,
  SOTTO_FAILURE_FULL = 4,
  SOTTO_FAILURE_TIMED_OUT = 5,
  SOTTO_FAILURE_REFUSED = 6,
  SOTTO_FAILURE_GONE = 7,
  SOTTO_FAILURE_UNSUPPORTED = 8,
};
int32_t sotto_failure_kind(int32_t error);
// English text of an error number; lives for ever.
const char *sotto_error_text(int32_t error);

// MARK: The process

int32_t sotto_argument_count(void);
// NULL past the end.
const char *sotto_argument(int32_t index);
// NULL when it is not set.
const char *sotto_environment(const char *name);
void sotto_exit(int32_t code) __attribute__((noreturn));
// Times that the calling thread gave up the processor to wait, as the kernel counts them.
int64_t sotto_voluntary_switches(void);
int32_t sotto_process_id(void);
// Nanoseconds of processor time that the process has used.
int64_t sotto_processor_time(void);
// Keeps the calling thread, and every one that it starts from now on, on the core that it runs on. False when the system refuses.
bool sotto_stay_on_core(void);
// How many descriptors the process has open, the one for counting them left out.
int sotto_open_descriptors(void);
// Bytes of the C library's heap that are in use.
int64_t sotto_heap_bytes(void);
int32_t sotto_thread_id(void);
// Gives memory back to the system that the program can have again without loss: what was freed, and its pages of the program and of its libraries that
// are nothing but copies of the files.
void sotto_give_back_memory(void);
