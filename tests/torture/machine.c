/* A computer that can be hurt: preloaded into `greffier run`, it keeps a record of every change below
 * one folder so that a power cut can be played afterwards, slows fsync down to an office disk's, and
 * moves the hands of the clock. Read by machine.py, which says what each record means.
 *
 *   MACHINE_ROOT      the folder whose changes are recorded; nothing outside is touched
 *   MACHINE_RECORD    where the record goes; unset: no record
 *   MACHINE_STASH     a folder on the same disk that keeps what is unlinked or replaced
 *   MACHINE_FSYNC_MS  milliseconds that each fsync takes longer
 *   MACHINE_CLOCK     a file of eight bytes: nanoseconds to add to the clock
 *   MACHINE_LIES      set: fsync is not recorded, as a disk that lies; everything would be lost
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define MOST_FDS 4096
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER; /* one change at a time: the record is in order */
static char *paths[MOST_FDS];                            /* of open files below the root */
static const char *root, *stash;
static size_t root_length;
static int record = -1, lies;
static long fsync_ms;
static volatile int64_t *clock_offset;
static uint64_t stashed;

__attribute__((constructor)) static void begin(void) {
  const char *where = getenv("MACHINE_RECORD"), *slow = getenv("MACHINE_FSYNC_MS"), *hands = getenv("MACHINE_CLOCK");
  root = getenv("MACHINE_ROOT");
  root_length = root ? strlen(root) : 0;
  stash = getenv("MACHINE_STASH");
  lies = getenv("MACHINE_LIES") != NULL;
  fsync_ms = slow ? atol(slow) : 0;
  if (where) record = NEXT(open)(where, O_CREAT | O_APPEND | O_WRONLY | O_CLOEXEC, 0600);
  if (hands) {
    int fd = NEXT(open)(hands, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) clock_offset = mmap(NULL, sizeof *clock_offset, PROT_READ, MAP_SHARED, fd, 0);
    if (clock_offset == MAP_FAILED) clock_offset = NULL;
  }
}

static int is_below(const char *path) {
  return root && path && strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || !path[root_length]);
}

static int is_ours(int fd) { return record >= 0 && fd >= 0 && fd < MOST_FDS && paths[fd]; }

static void remember(int fd, const char *path) {
  if (fd < 0 || fd >= MOST_FDS) return;
  free(paths[fd]);
  paths[fd] = is_below(path) ? strdup(path) : NULL;
}

/* One record: a head of fixed size, then both names, then both contents. */
struct head {
  char kind;
  char pad[7];
  uint64_t inode, offset, old_size, name, other, before, after;
};

static void put(const void *bytes, size_t size) {
  for (const char *at = bytes; size > 0;) {
    ssize_t done = NEXT(write)(record, at, size);
    if (done <= 0) abort();
    at += done, size -= done;
  }
}

static void note(char kind, uint64_t inode, const char *name, const char *other) {
  struct head head = {.kind = kind, .inode = inode, .name = strlen(name), .other = strlen(other)};
  put(&head, sizeof head), put(name, head.name), put(other, head.other);
}

/* Before bytes change: what stood there, and what will. */
static void note_bytes(char kind, int fd, off_t offset, const void *bytes, size_t size) {
  struct stat now;
  if (fstat(fd, &now) || !S_ISREG(now.st_mode)) return;
  size_t end = kind == 'T' ? (size_t)now.st_size : (size_t)offset + size;
  if (end > (size_t)now.st_size) end = now.st_size;
  size_t before = end > (size_t)offset ? end - offset : 0;
  char *old = malloc(before + 1);
  if (before) {
    /* Never open and close the file anew if it can be read as it is: closing drops every lock that
     * this process holds on it, and SQLite's neighbours would take it for dead. */
    int is_readable = (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR, reader = fd;
    char itself[64];
    snprintf(itself, sizeof itself, "/proc/self/fd/%d", fd);
    if (!is_readable) reader = NEXT(open)(itself, O_RDONLY | O_CLOEXEC);
    if (pread(reader, old, before, offset) != (ssize_t)before) abort();
    if (!is_readable) NEXT(close)(reader);
  }
  struct head head = {.kind = kind, .inode = now.st_ino, .offset = offset, .old_size = now.st_size, .name = strlen(paths[fd]), .before = before, .after = size};
  put(&head, sizeof head), put(paths[fd], head.name), put(old, before), put(bytes, size);
  free(old);
}

/* A second name, so that its inode lives on and can be brought back. */
static const char *keep(const char *path, char *name, size_t size) {
  snprintf(name, size, "%s/%d-%llu", stash, getpid(), (unsigned long long)++stashed);
  return NEXT(link)(path, name) ? "" : name;
}

static int open_noted(int (*next)(const char *, int, ...), const char *path, int flags, mode_t mode) {
  if (record < 0 || !is_below(path)) {
    int fd = next(path, flags, mode);
    remember(fd, "");
    return fd;
  }
  pthread_mutex_lock(&turn);
  struct stat found;
  int is_new = (flags & O_CREAT) && lstat(path, &found) != 0;
  int fd = next(path, flags & ~O_TRUNC, mode);
  int fault = errno;
  remember(fd, path);
  if (fd >= 0 && is_new && !fstat(fd, &found)) note('C', found.st_ino, path, "");
  if (fd >= 0 && (flags & O_TRUNC)) {
    note_bytes('T', fd, 0, "", 0);
    if (NEXT(ftruncate)(fd, 0)) abort();
  }
  pthread_mutex_unlock(&turn);
  errno = fault;
  return fd;
}

#define OPEN(name)                                                       \
  int name(const char *path, int flags, ...) {                           \
    va_list rest;                                                        \
    va_start(rest, flags);                                               \
    mode_t mode = flags & O_CREAT ? va_arg(rest, mode_t) : 0;            \
    va_end(rest);                                                        \
    return open_noted(NEXT(name), path, flags, mode);                    \
  }
OPEN(open)
OPEN(open64)

int close(int fd) {
  remember(fd, "");
  return NEXT(close)(fd);
}

#define LOCKED(expression)               \
  pthread_mutex_lock(&turn);             \
  __typeof__(expression) done = (expression); \
  int fault = errno;                     \
  pthread_mutex_unlock(&turn);           \
  errno = fault;                         \
  return done

static off_t place_of(int fd) {
  struct stat now;
  if (fcntl(fd, F_GETFL) & O_APPEND) return fstat(fd, &now) ? 0 : now.st_size;
  return lseek(fd, 0, SEEK_CUR);
}

ssize_t write(int fd, const void *bytes, size_t size) {
  if (!is_ours(fd)) return NEXT(write)(fd, bytes, size);
  LOCKED((note_bytes('W', fd, place_of(fd), bytes, size), NEXT(write)(fd, bytes, size)));
}

#define PWRITE(name, offset_type)                                                               \
  ssize_t name(int fd, const void *bytes, size_t size, offset_type offset) {                    \
    if (!is_ours(fd)) return NEXT(name)(fd, bytes, size, offset);                               \
    LOCKED((note_bytes('W', fd, offset, bytes, size), NEXT(name)(fd, bytes, size, offset)));    \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

#define FTRUNCATE(name, size_type)                                                      \
  int name(int fd, size_type size) {                                                    \
    if (!is_ours(fd)) return NEXT(name)(fd, size);                                      \
    LOCKED((note_bytes('T', fd, size, "", 0), NEXT(name)(fd, size)));                   \
  }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

static void note_sync(int fd) {
  struct stat now;
  if (lies || fstat(fd, &now)) return;
  pthread_mutex_lock(&turn);
  note(S_ISDIR(now.st_mode) ? 'D' : 'S', now.st_ino, paths[fd], "");
  pthread_mutex_unlock(&turn);
}

#define SYNC(name)                                                             \
  int name(int fd) {                                                           \
    int done = NEXT(name)(fd);                                                 \
    if (fsync_ms) usleep(fsync_ms * 1000);                                     \
    if (!done && is_ours(fd)) note_sync(fd);                                   \
    return done;                                                               \
  }
SYNC(fsync)
SYNC(fdatasync)

int link(const char *from, const char *to) {
  if (record < 0 || !is_below(to)) return NEXT(link)(from, to);
  pthread_mutex_lock(&turn);
  int done = NEXT(link)(from, to), fault = errno;
  if (!done) note('L', 0, to, "");
  pthread_mutex_unlock(&turn);
  errno = fault;
  return done;
}

int rename(const char *from, const char *to) {
  if (record < 0 || !is_below(to)) return NEXT(rename)(from, to);
  char replaced[4096];
  pthread_mutex_lock(&turn);
  const char *kept = keep(to, replaced, sizeof replaced);
  int done = NEXT(rename)(from, to), fault = errno;
  if (!done) note('K', 0, to, kept), note('R', 0, to, from);
  pthread_mutex_unlock(&turn);
  errno = fault;
  return done;
}

int unlink(const char *path) {
  if (record < 0 || !is_below(path)) return NEXT(unlink)(path);
  char removed[4096];
  pthread_mutex_lock(&turn);
  const char *kept = keep(path, removed, sizeof removed);
  int done = NEXT(unlink)(path), fault = errno;
  if (!done) note('U', 0, path, kept);
  pthread_mutex_unlock(&turn);
  errno = fault;
  return done;
}

int mkdir(const char *path, mode_t mode) {
  if (record < 0 || !is_below(path)) return NEXT(mkdir)(path, mode);
  pthread_mutex_lock(&turn);
  int done = NEXT(mkdir)(path, mode), fault = errno;
  if (!done) note('M', 0, path, "");
  pthread_mutex_unlock(&turn);
  errno = fault;
  return done;
}

/* The 200 that Meta gets: it may leave only after what it promises is on the disk. */
ssize_t send(int socket, const void *bytes, size_t size, int flags) {
  if (record >= 0 && size > 12 && !memcmp(bytes, "HTTP/1.1 200", 12)) {
    pthread_mutex_lock(&turn);
    note('A', 0, "", "");
    pthread_mutex_unlock(&turn);
  }
  return NEXT(send)(socket, bytes, size, flags);
}

int clock_gettime(clockid_t which, struct timespec *now) {
  static int (*next)(clockid_t, struct timespec *); /* asked a thousand times a second */
  if (!next) next = NEXT(clock_gettime);
  int done = next(which, now);
  if (!done && clock_offset && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE)) now->tv_sec += *clock_offset / 1000000000;
  return done;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int done = NEXT(gettimeofday)(now, zone);
  if (!done && clock_offset) now->tv_sec += *clock_offset / 1000000000;
  return done;
}

time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
