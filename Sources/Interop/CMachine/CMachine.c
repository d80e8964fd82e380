#include "CMachine.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <zlib.h>

static struct utsname kernel;

static const struct utsname *names(void) {
  if (!kernel.release[0]) uname(&kernel);
  return &kernel;
}

const char *sotto_kernel_release(void) { return names()->release; }
const char *sotto_machine(void) { return names()->machine; }

bool sotto_is_root(void) { return geteuid() == 0; }

void sotto_user_name(char *text, size_t capacity) {
  const struct passwd *user = getpwuid(geteuid());
  if (user) snprintf(text, capacity, "%s", user->pw_name);
  else snprintf(text, capacity, "%u", (unsigned)geteuid());
}

static void group_text(gid_t group, char *text, size_t capacity) {
  const struct group *found = getgrgid(group);
  if (found) snprintf(text, capacity, "%s", found->gr_name);
  else snprintf(text, capacity, "%u", (unsigned)group);
}

enum { MOST_GROUPS = 256 };

// The supplementary groups, after the primary one and without it.
static int groups(gid_t *list) {
  list[0] = getegid();
  gid_t more[MOST_GROUPS - 1];
  int count = getgroups(MOST_GROUPS - 1, more);
  if (count < 0) return -errno;
  int kept = 1;
  for (int index = 0; index < count; index++)
    if (more[index] != list[0]) list[kept++] = more[index];
  return kept;
}

int sotto_group_count(void) {
  gid_t list[MOST_GROUPS];
  return groups(list);
}

int sotto_group_name(int index, char *text, size_t capacity) {
  gid_t list[MOST_GROUPS];
  int count = groups(list);
  if (count < 0) return count;
  if (index < 0 || index >= count) return -EINVAL;
  group_text(list[index], text, capacity);
  return 0;
}

int sotto_may_use(const char *path) {
  if (access(path, R_OK | W_OK) == 0) return 1;
  return errno == EACCES || errno == EPERM || errno == EROFS ? 0 : -errno;
}

int sotto_file_group(const char *path, char *text, size_t capacity) {
  struct stat information;
  if (stat(path, &information) != 0) return -errno;
  group_text(information.st_gid, text, capacity);
  return 0;
}

int sotto_file_mode(const char *path) {
  struct stat information;
  return stat(path, &information) == 0 ? (int)(information.st_mode & 07777) : -errno;
}

int sotto_link_target(const char *path, char *text, size_t capacity) {
  ssize_t count = readlink(path, text, capacity - 1);
  if (count < 0) return -errno;
  text[count] = 0;
  return 0;
}

int64_t sotto_read_packed(const char *path, uint8_t *bytes, size_t capacity) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -errno;
  // Reads plain files as they are.
  gzFile file = gzdopen(fd, "rb");
  if (!file) {
    close(fd);
    return -ENOMEM;
  }
  size_t used = 0;
  while (used < capacity) {
    int count = gzread(file, bytes + used, (unsigned)(capacity - used));
    if (count < 0) {
      gzclose(file);
      return -EIO;
    }
    if (count == 0) break;
    used += (size_t)count;
  }
  gzclose(file);
  return (int64_t)used;
}

static int by_number(const void *a, const void *b) { return strverscmp(*(char *const *)a, *(char *const *)b); }

int sotto_list_names(const char *folder, const char *prefix, char **names, size_t *size) {
  *names = NULL;
  *size = 0;
  DIR *directory = opendir(folder);
  if (!directory) return -errno;
  char **found = NULL;
  int count = 0;
  size_t total = 0;
  bool full = false;
  for (const struct dirent *entry; !full && (entry = readdir(directory));) {
    if (entry->d_name[0] == '.' || strncmp(entry->d_name, prefix, strlen(prefix)) != 0) continue;
    char **more = realloc(found, ((size_t)count + 1) * sizeof *found);
    char *name = strdup(entry->d_name);
    if (more) found = more;
    full = !more || !name;
    if (full) free(name);
    else found[count++] = name, total += strlen(name) + 1;
  }
  closedir(directory);
  if (found) qsort(found, (size_t)count, sizeof *found, by_number);
  char *packed = full ? NULL : malloc(total + 1);
  size_t used = 0;
  for (int index = 0; index < count; index++) {
    size_t length = strlen(found[index]) + 1;
    if (packed) memcpy(packed + used, found[index], length);
    used += length;
    free(found[index]);
  }
  free(found);
  if (!packed) return -ENOMEM;
  *names = packed;
  *size = used;
  return count;
}

bool sotto_is_terminal(int fd) { return isatty(fd) == 1; }
