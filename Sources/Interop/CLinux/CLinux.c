#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <linux/netlink.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// The value of a system call, or the negated error number; made again when a signal interrupted it.
#define RETRY(call)                                   \
  ({                                                  \
    __typeof__(call) result_;                         \
    do {                                              \
      result_ = (call);                               \
    } while (result_ < 0 && errno == EINTR);          \
    result_ < 0 ? (__typeof__(call))-errno : result_; \
  })

// MARK: Clock, timers, waiting

_Static_assert(EPOLLIN == 0x001 && EPOLLPRI == 0x002 && EPOLLOUT == 0x004 && EPOLLERR == 0x008 && EPOLLHUP == 0x010 &&
                   EPOLLRDHUP == 0x2000 && (uint32_t)EPOLLET == 1u << 31,
               "the constants of CLinux.h are those of the kernel");

int64_t sotto_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t sotto_boot_offset(void) {
  struct timespec monotonic;
  clock_gettime(CLOCK_MONOTONIC, &monotonic);
  return sotto_now() - ((int64_t)monotonic.tv_sec * 1000000000 + monotonic.tv_nsec);
}

int sotto_epoll_create(void) { return RETRY(epoll_create1(EPOLL_CLOEXEC)); }

static int epoll_control(int epoll, int operation, int fd, uint32_t events, uint64_t token) {
  struct epoll_event event = {.events = events, .data.u64 = token};
  return RETRY(epoll_ctl(epoll, operation, fd, &event));
}

int sotto_epoll_add(int epoll, int fd, uint32_t events, uint64_t token) {
  return epoll_control(epoll, EPOLL_CTL_ADD, fd, events, token);
}

int sotto_epoll_change(int epoll, int fd, uint32_t events, uint64_t token) {
  return epoll_control(epoll, EPOLL_CTL_MOD, fd, events, token);
}

int sotto_epoll_remove(int epoll, int fd) { return epoll_control(epoll, EPOLL_CTL_DEL, fd, 0, 0); }

int sotto_epoll_wait(int epoll, struct sotto_ready *ready, int capacity, int milliseconds) {
  struct epoll_event events[32];
  if (capacity > 32) capacity = 32;
  int count = RETRY(epoll_wait(epoll, events, capacity, milliseconds));
  for (int index = 0; index < count; index++) {
    ready[index].token = events[index].data.u64;
    ready[index].events = events[index].events;
  }
  return count;
}

int sotto_timer_create(void) { return RETRY(timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC)); }

int sotto_alarm_create(void) {
  // The clock answers only where a real-time clock that may wake the system stands behind it.
  struct timespec now;
  if (clock_gettime(CLOCK_BOOTTIME_ALARM, &now) < 0) return -errno;
  return RETRY(timerfd_create(CLOCK_BOOTTIME_ALARM, TFD_NONBLOCK | TFD_CLOEXEC));
}

int sotto_timer_arm(int fd, int64_t nanoseconds) {
  struct itimerspec when = {
      .it_value = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000},
  };
  return RETRY(timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL));
}

int64_t sotto_timer_remaining(int fd) {
  struct itimerspec left;
  int result = RETRY(timerfd_gettime(fd, &left));
  return result < 0 ? result : (int64_t)left.it_value.tv_sec * 1000000000 + left.it_value.tv_nsec;
}

int sotto_event_create(void) { return RETRY(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)); }

int sotto_event_signal(int fd) {
  uint64_t one = 1;
  int64_t result = RETRY(write(fd, &one, sizeof one));
  return result < 0 ? (int)result : 0;
}

int sotto_event_clear(int fd) {
  uint64_t count;
  int64_t result = RETRY(read(fd, &count, sizeof count));
  return result < 0 && result != -EAGAIN ? (int)result : 0;
}

int sotto_signals_create(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  int error = pthread_sigmask(SIG_BLOCK, &set, NULL);
  if (error) return -error;
  signal(SIGPIPE, SIG_IGN);
  return RETRY(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

int sotto_signals_read(int fd) {
  struct signalfd_siginfo info;
  int64_t result = RETRY(read(fd, &info, sizeof info));
  if (result == -EAGAIN) return 0;
  return result < 0 ? (int)result : (int)info.ssi_signo;
}

// MARK: News of devices

_Static_assert(ENOBUFS == 105, "SOTTO_UEVENTS_LOST is the kernel's number");

int sotto_uevents_create(void) {
  int fd = RETRY(socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT));
  if (fd < 0) return fd;
  struct sockaddr_nl name = {.nl_family = AF_NETLINK, .nl_groups = 1};
  int result = RETRY(bind(fd, (struct sockaddr *)&name, sizeof name));
  if (result >= 0) return fd;
  close(fd);
  return result;
}

int64_t sotto_uevents_read(int fd, void *bytes, size_t count) {
  for (;;) {
    struct sockaddr_nl sender = {0};
    socklen_t size = sizeof sender;
    int64_t length = RETRY(recvfrom(fd, bytes, count, MSG_DONTWAIT, (struct sockaddr *)&sender, &size));
    if (length == -EAGAIN) return 0;
    // Another process may send to the same group; the kernel's own number is 0.
    if (length < 0 || sender.nl_pid == 0) return length;
  }
}

// MARK: Files

int sotto_open(const char *path, int32_t how, uint32_t mode) {
  int flags = O_CLOEXEC;
  switch (how) {
    case 1: flags |= O_WRONLY | O_CREAT | O_TRUNC; break;
    case 2: flags |= O_WRONLY | O_CREAT | O_EXCL; break;
    case 3: flags |= O_RDONLY | O_DIRECTORY; break;
    case 4: flags |= O_WRONLY; break;
    default: flags |= O_RDONLY; break;
  }
  int fd = RETRY(open(path, flags, (mode_t)mode));
  // A file that was there keeps its old mode otherwise. One of somebody else stays as it is.
  struct stat information;
  if (fd >= 0 && how == 1 && fstat(fd, &information) == 0 && S_ISREG(information.st_mode)) (void)fchmod(fd, (mode_t)mode);
  return fd;
}

void sotto_close(int fd) {
  // Linux releases the descriptor even when close was interrupted: it must not be made again.
  close(fd);
}

int64_t sotto_read(int fd, void *bytes, size_t count) { return RETRY(read(fd, bytes, count)); }

int sotto_write_all(int fd, const void *bytes, size_t count) {
  const char *next = bytes;
  while (count > 0) {
    int64_t written = RETRY(write(fd, next, count));
    if (written < 0) return (int)written;
    next += written;
    count -= (size_t)written;
  }
  return 0;
}

int sotto_write_at(int fd, const void *bytes, size_t count, int64_t offset) {
  const char *next = bytes;
  while (count > 0) {
    int64_t written = RETRY(pwrite(fd, next, count, offset));
    if (written < 0) return (int)written;
    next += written;
    offset += written;
    count -= (size_t)written;
  }
  return 0;
}

int sotto_sync(int fd) { return RETRY(fsync(fd)); }

int64_t sotto_file_size(int fd) {
  struct stat information;
  int result = RETRY(fstat(fd, &information));
  return result < 0 ? result : information.st_size;
}

int sotto_rename(const char *from, const char *to) { return RETRY(rename(from, to)); }
int sotto_unlink(const char *path) { return RETRY(unlink(path)); }
int sotto_make_directory(const char *path, uint32_t mode) { return RETRY(mkdir(path, (mode_t)mode)); }
int sotto_set_mode(const char *path, uint32_t mode) { return RETRY(chmod(path, (mode_t)mode)); }

int sotto_is_directory(const char *path) {
  struct stat information;
  int result = RETRY(stat(path, &information));
  return result < 0 ? result : S_ISDIR(information.st_mode);
}

static int by_byte(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }
static int not_hidden(const struct dirent *entry) { return entry->d_name[0] != '.'; }

int sotto_list_files(const char *path, char **names, size_t *size) {
  struct dirent **entries = NULL;
  int count = RETRY(scandir(path, &entries, not_hidden, by_byte));
  if (count < 0) return count;
  size_t total = 0;
  for (int index = 0; index < count; index++) total += strlen(entries[index]->d_name) + 1;
  char *packed = malloc(total + 1);
  size_t used = 0;
  int kept = 0;
  for (int index = 0; index < count; index++) {
    bool plain = entries[index]->d_type == DT_REG || entries[index]->d_type == DT_LNK || entries[index]->d_type == DT_UNKNOWN;
    if (packed && plain) {
      size_t length = strlen(entries[index]->d_name) + 1;
      memcpy(packed + used, entries[index]->d_name, length);
      used += length;
      kept++;
    }
    free(entries[index]);
  }
  free(entries);
  if (!packed) return -ENOMEM;
  *names = packed;
  *size = used;
  return kept;
}

void sotto_free(void *memory) { free(memory); }

// MARK: Sockets

static int copy_addresses(const struct addrinfo *list, struct sotto_address *addresses, int capacity) {
  int count = 0;
  for (; list && count < capacity; list = list->ai_next) {
    if (list->ai_addrlen > sizeof addresses->bytes) continue;
    addresses[count].size = list->ai_addrlen;
    memcpy(addresses[count].bytes, list->ai_addr, list->ai_addrlen);
    count++;
  }
  return count;
}

static int resolver_error(int error) {
  switch (error) {
    case EAI_SYSTEM: return -errno;
    case EAI_AGAIN: return -ETIMEDOUT;
    case EAI_MEMORY: return -ENOMEM;
    default: return -EHOSTUNREACH;
  }
}

int sotto_numeric_addresses(const char *host, const char *port, struct sotto_address *addresses, int capacity) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
  struct addrinfo *list = NULL;
  if (getaddrinfo(host, port, &hints, &list) != 0) return -EINVAL;
  int count = copy_addresses(list, addresses, capacity);
  freeaddrinfo(list);
  return count;
}

enum { LOOKUP_CAPACITY = 8 };

struct sotto_lookup {
  atomic_int holders;  // the thread and the caller
  int fd;
  int count;
  struct sotto_address addresses[LOOKUP_CAPACITY];
  char host[256];
  char port[16];
};

void sotto_lookup_release(struct sotto_lookup *lookup) {
  if (atomic_fetch_sub(&lookup->holders, 1) != 1) return;
  close(lookup->fd);
  free(lookup);
}

static void *look_up(void *context) {
  struct sotto_lookup *lookup = context;
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
  struct addrinfo *list = NULL;
  int error = getaddrinfo(lookup->host, lookup->port, &hints, &list);
  lookup->count = error ? resolver_error(error) : copy_addresses(list, lookup->addresses, LOOKUP_CAPACITY);
  if (list) freeaddrinfo(list);
  sotto_event_signal(lookup->fd);
  sotto_lookup_release(lookup);
  return NULL;
}

struct sotto_lookup *sotto_lookup_start(const char *host, const char *port) {
  struct sotto_lookup *lookup = calloc(1, sizeof *lookup);
  if (!lookup) return NULL;
  atomic_init(&lookup->holders, 2);
  lookup->fd = sotto_event_create();
  pthread_attr_t attributes;
  pthread_t thread;
  bool started = false;
  if (lookup->fd >= 0 && strlen(host) < sizeof lookup->host && strlen(port) < sizeof lookup->port) {
    strcpy(lookup->host, host);
    strcpy(lookup->port, port);
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    started = pthread_create(&thread, &attributes, look_up, lookup) == 0;
    pthread_attr_destroy(&attributes);
  }
  if (started) return lookup;
  if (lookup->fd >= 0) close(lookup->fd);
  free(lookup);
  return NULL;
}

int sotto_lookup_fd(const struct sotto_lookup *lookup) { return lookup->fd; }

int sotto_lookup_result(const struct sotto_lookup *lookup, struct sotto_address *addresses, int capacity) {
  int count = lookup->count < capacity ? lookup->count : capacity;
  if (count > 0) memcpy(addresses, lookup->addresses, (size_t)count * sizeof *addresses);
  return count;
}

int sotto_connect(const struct sotto_address *address) {
  const struct sockaddr *name = (const struct sockaddr *)address->bytes;
  int fd = RETRY(socket(name->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd < 0) return fd;
  int on = 1;
  // Sound travels in small frames that must not wait for each other.
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // A line that acknowledges nothing for so long is dead; an idle one costs nothing and is not looked after.
  unsigned int silence = SOTTO_SILENCE_MILLISECONDS;
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silence, sizeof silence);
  // An interrupted connect goes on in the background, as one that is in progress does: it is not made again.
  if (connect(fd, name, address->size) < 0 && errno != EINPROGRESS && errno != EINTR) {
    int error = errno;
    close(fd);
    return -error;
  }
  return fd;
}

int sotto_socket_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0) return errno;
  return error;
}

int64_t sotto_send(int fd, const void *bytes, size_t count) { return RETRY(send(fd, bytes, count, MSG_NOSIGNAL)); }
int64_t sotto_receive(int fd, void *bytes, size_t count) { return RETRY(recv(fd, bytes, count, 0)); }

// MARK: Local sockets

static int local_address(struct sockaddr_un *address, const char *path) {
  memset(address, 0, sizeof *address);
  address->sun_family = AF_UNIX;
  if (strlen(path) >= sizeof address->sun_path) return -ENAMETOOLONG;
  strcpy(address->sun_path, path);
  return 0;
}

// Whether somebody listens at the path: 1, 0 for a socket that a program left behind, or the negated error number.
static int is_listening(const struct sockaddr_un *address) {
  struct stat information;
  int result = RETRY(lstat(address->sun_path, &information));
  if (result < 0) return result;
  if (!S_ISSOCK(information.st_mode)) return -EEXIST;
  int fd = RETRY(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd < 0) return fd;
  result = RETRY(connect(fd, (const struct sockaddr *)address, sizeof *address));
  close(fd);
  // One whose queue is full is there, too.
  return result == -ECONNREFUSED ? 0 : result == 0 || result == -EAGAIN ? 1 : result;
}

int sotto_listen_local(const char *path) {
  struct sockaddr_un address;
  int result = local_address(&address, path);
  if (result < 0) return result;
  result = is_listening(&address);
  if (result > 0) return -EADDRINUSE;
  if (result == 0) result = RETRY(unlink(path));
  if (result < 0 && result != -ENOENT) return result;
  int fd = RETRY(socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd < 0) return fd;
  // The file gets its mode from the socket's, so that there is no instant at which others could connect.
  result = RETRY(fchmod(fd, 0600));
  if (result >= 0) result = RETRY(bind(fd, (const struct sockaddr *)&address, sizeof address));
  if (result >= 0) result = RETRY(listen(fd, 8));
  if (result < 0) {
    close(fd);
    return result;
  }
  return fd;
}

int sotto_accept_local(int fd, int32_t *process, uint32_t *user) {
  int client = RETRY(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (client < 0) return client;
  struct ucred peer;
  socklen_t size = sizeof peer;
  if (getsockopt(client, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0) {
    int error = errno;
    close(client);
    return -error;
  }
  *process = peer.pid;
  *user = peer.uid;
  return client;
}

uint32_t sotto_user_id(void) { return geteuid(); }

// MARK: Error numbers

int32_t sotto_error_would_block(void) { return EAGAIN; }

int32_t sotto_failure_kind(int32_t error) {
  switch (error) {
    case ENOENT: case ENOTDIR: case ENXIO: return SOTTO_FAILURE_NOT_THERE;
    case EACCES: case EPERM: case EROFS: return SOTTO_FAILURE_FORBIDDEN;
    case EBUSY: case ETXTBSY: return SOTTO_FAILURE_BUSY;
    case ENOSPC: case EDQUOT: case EMFILE: case ENFILE: case ENOMEM: case EFBIG: return SOTTO_FAILURE_FULL;
    case ETIMEDOUT: return SOTTO_FAILURE_TIMED_OUT;
    case ECONNREFUSED: case ECONNRESET: case ECONNABORTED: case EPIPE: return SOTTO_FAILURE_REFUSED;
    case ENODEV: case ENETDOWN: case ENETUNREACH: case EHOSTDOWN: case EHOSTUNREACH: case ENOTCONN: case EBADF:
      return SOTTO_FAILURE_GONE;
    case EINVAL: case ENOTTY: case EOPNOTSUPP: case EAFNOSUPPORT: case EADDRNOTAVAIL: return SOTTO_FAILURE_UNSUPPORTED;
    default: return SOTTO_FAILURE_OTHER;
  }
}

const char *sotto_error_text(int32_t error) {
  const char *text = strerrordesc_np(error);
  return text ? text : "unknown error";
}

// MARK: The process

static int argument_count;
static char **arguments;

// glibc hands the arguments of main to each constructor: they are kept here for the Embedded build, whose standard library has
// no CommandLine.
__attribute__((constructor)) static void keep_arguments(int count, char **values) {
  argument_count = count;
  arguments = values;
}

int32_t sotto_argument_count(void) { return argument_count; }
const char *sotto_argument(int32_t index) { return index >= 0 && index < argument_count ? arguments[index] : NULL; }
const char *sotto_environment(const char *name) { return getenv(name); }

void sotto_exit(int32_t code) {
  fflush(NULL);
  exit(code);
}

int64_t sotto_voluntary_switches(void) {
  struct rusage usage;
  if (getrusage(RUSAGE_THREAD, &usage) < 0) return -errno;
  return usage.ru_nvcsw;
}

int64_t sotto_processor_time(void) {
  struct timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return (int64_t)used.tv_sec * 1000000000 + used.tv_nsec;
}

bool sotto_stay_on_core(void) {
  int core = sched_getcpu();
  if (core < 0 || core >= CPU_SETSIZE) return false;
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  return sched_setaffinity(0, sizeof cores, &cores) == 0;
}

int sotto_open_descriptors(void) {
  DIR *folder = opendir("/proc/self/fd");
  if (!folder) return -errno;
  int count = 0;
  struct dirent *entry;
  while ((entry = readdir(folder))) count += entry->d_name[0] != '.';
  closedir(folder);
  return count - 1;
}

int64_t sotto_heap_bytes(void) {
  struct mallinfo2 heap = mallinfo2();
  return (int64_t)(heap.uordblks + heap.hblkhd);
}

int32_t sotto_process_id(void) { return getpid(); }
int32_t sotto_thread_id(void) { return gettid(); }

// Segments that nobody may write to hold what the file holds: the kernel maps a page again when it is touched. Those that were relocated were writable
// when the program was loaded, and are marked so.
static int give_back_image(struct dl_phdr_info *image, size_t size, void *context) {
  (void)size, (void)context;
  uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
  for (int index = 0; index < image->dlpi_phnum; index++) {
    const ElfW(Phdr) *segment = &image->dlpi_phdr[index];
    if (segment->p_type != PT_LOAD || segment->p_flags & PF_W) continue;
    uintptr_t begin = (image->dlpi_addr + segment->p_vaddr) & ~(page - 1);
    uintptr_t end = (image->dlpi_addr + segment->p_vaddr + segment->p_memsz + page - 1) & ~(page - 1);
    // Where it cannot be done the pages stay, which does no harm.
    madvise((void *)begin, end - begin, MADV_DONTNEED);
  }
  return 0;
}

void sotto_give_back_memory(void) {
  malloc_trim(0);
  dl_iterate_phdr(give_back_image, NULL);
}
