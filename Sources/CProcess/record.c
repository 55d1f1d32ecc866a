#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int cprocess_publish(int dir, int fd, const char *temporary, const char *name) {
    if (fsync(fd) != 0) return -errno;
    if (renameat(dir, temporary, dir, name) != 0) return -errno;
    return fsync(dir) == 0 ? 0 : -errno;
}

int cprocess_write_record(int dir, const char *name, const void *bytes, size_t length) {
    char temporary[256];
    if (snprintf(temporary, sizeof temporary, "%s.new", name) >= (int)sizeof temporary)
        return -ENAMETOOLONG;
    int fd = openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return -errno;
    int result = 0;
    const char *next = bytes;
    while (length > 0 && result == 0) {
        ssize_t count = write(fd, next, length);
        if (count < 0 && errno != EINTR) result = -errno;
        if (count > 0) {
            next += count;
            length -= (size_t)count;
        }
    }
    if (result == 0) result = cprocess_publish(dir, fd, temporary, name);
    close(fd);
    return result;
}

static struct flock whole_file(void) {
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 0};
}

int cprocess_lock_take(int fd) {
    struct flock lock = whole_file();
    if (fcntl(fd, F_SETLK, &lock) == 0) return 0;
    return errno == EACCES ? -EAGAIN : -errno;
}

pid_t cprocess_lock_owner(int fd) {
    struct flock lock = whole_file();
    if (fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
    return lock.l_pid;
}
