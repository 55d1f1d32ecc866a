#define _GNU_SOURCE
#include "supervisor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char name[] = "output.log", before[] = "output.log.1";

static int open_file(int folder) {
    return openat(folder, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

bool output_open(struct output *output, int folder) {
    struct stat info;
    output->folder = folder;
    output->file = open_file(folder);
    if (output->file < 0 || fstat(output->file, &info) != 0) return false;
    // An earlier run of the container, or a supervisor that was killed in the middle of a line.
    output->size = info.st_size;
    char last = '\n';
    if (output->size > 0 && pread(output->file, &last, 1, output->size - 1) == 1 && last != '\n'
        && write(output->file, "\n", 1) == 1)
        output->size++;
    return true;
}

bool output_stream_open(struct output_stream *stream, const char *name, int *write_end) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    stream->name = name;
    stream->pipe = ends[0];
    *write_end = ends[1];
    // Only this end: the container may expect its writes to block.
    return fcntl(stream->pipe, F_SETFL, O_NONBLOCK) == 0;
}

// The file becomes its own predecessor, so that the newest `limit` bytes are always there and never
// more than twice as many.
static void rotate(struct output *output) {
    renameat(output->folder, name, output->folder, before);
    int file = open_file(output->folder);
    if (file < 0) return;
    close(output->file);
    output->file = file;
    output->size = 0;
}

// Writes the lines that are put together. On a full disk output is lost: the container must not be
// held up by it. What is written of it in part goes too, so that the next line begins as one.
static void flush(struct output *output) {
    if (output->used == 0) return;
    if (output->size > 0 && output->size + (off_t)output->used > output->limit) rotate(output);
    ssize_t written = write(output->file, output->lines, output->used);
    if (written == (ssize_t)output->used) output->size += written;
    else if (written > 0 && ftruncate(output->file, output->size) != 0) output->size += written;
    output->used = 0;
}

// `2026-11-28T16:44:10.123456789Z stdout F ` for now; returns its length.
static size_t stamp(const struct output_stream *stream, bool whole, char *out, size_t size) {
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t length = strftime(out, size, "%Y-%m-%dT%H:%M:%S", &parts);
    out[length++] = '.';
    for (long unit = 100000000, rest = now.tv_nsec; unit > 0; unit /= 10) {
        out[length++] = (char)('0' + rest / unit);
        rest %= unit;
    }
    out[length++] = 'Z';
    out[length++] = ' ';
    memcpy(out + length, stream->name, 6);
    length += 6;
    memcpy(out + length, whole ? " F " : " P ", 3);
    return length + 3;
}

// Puts what is held of a stream's line into the file's form.
static void put_line(struct output *output, struct output_stream *stream, bool whole) {
    char head[64];
    size_t length = stamp(stream, whole, head, sizeof head);
    if (output->used + length + stream->held + 1 > sizeof output->lines) flush(output);
    memcpy(output->lines + output->used, head, length);
    output->used += length;
    memcpy(output->lines + output->used, stream->line, stream->held);
    output->used += stream->held;
    output->lines[output->used++] = '\n';
    stream->held = 0;
}

static void take(
    struct output *output, struct output_stream *stream, const char *bytes, size_t count) {
    while (count > 0) {
        const char *end = memchr(bytes, '\n', count);
        size_t part = end != NULL ? (size_t)(end - bytes) : count;
        size_t room = output_line_maximum - stream->held;
        bool fits = part <= room;
        if (!fits) part = room;
        memcpy(stream->line + stream->held, bytes, part);
        stream->held += part;
        bool ends = fits && end != NULL;
        if (ends || !fits) put_line(output, stream, ends);
        part += ends;
        bytes += part;
        count -= part;
    }
}

void output_copy(struct output *output, struct output_stream *stream) {
    static char buffer[32 * 1024];
    if (stream->pipe < 0) return;
    ssize_t count = read(stream->pipe, buffer, sizeof buffer);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        close(stream->pipe);
        stream->pipe = -1;
    }
    if (count > 0) take(output, stream, buffer, (size_t)count);
    flush(output);
}

void output_end(struct output *output, struct output_stream *stream) {
    // Nothing goes on with it: another run of the container writes into the same file.
    if (stream->held > 0) put_line(output, stream, true);
    flush(output);
}
