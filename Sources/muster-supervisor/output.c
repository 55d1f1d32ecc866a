#define _GNU_SOURCE
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int open_file(int folder, const char *name) {
    return openat(folder, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

bool output_open(struct output *output, int folder, const char *name, int *write_end) {
    int ends[2];
    output->name = name;
    output->size = 0;
    output->file = open_file(folder, name);
    if (output->file < 0 || pipe2(ends, O_CLOEXEC) != 0) return false;
    output->pipe = ends[0];
    *write_end = ends[1];
    // Only this end: the container may expect its writes to block.
    return fcntl(output->pipe, F_SETFL, O_NONBLOCK) == 0;
}

// The file becomes its own predecessor, so that the newest `limit` bytes are always there and never
// more than twice as many.
static void rotate(struct output *output, int folder) {
    char before[64];
    snprintf(before, sizeof before, "%s.1", output->name);
    renameat(folder, output->name, folder, before);
    int file = open_file(folder, output->name);
    if (file < 0) return;
    close(output->file);
    output->file = file;
    output->size = 0;
}

void output_copy(struct output *output, int folder, off_t limit) {
    static char buffer[32 * 1024];
    if (output->pipe < 0) return;
    ssize_t count = read(output->pipe, buffer, sizeof buffer);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        close(output->pipe);
        output->pipe = -1;
    }
    if (count <= 0) return;
    if (output->size > 0 && output->size + count > limit) rotate(output, folder);
    // On a full disk output is lost: the container must not be held up by it.
    ssize_t written = write(output->file, buffer, (size_t)count);
    if (written > 0) output->size += written;
}
