// The worker's agent writes `NUMBER NUMBER BOOT`, both numbers the same, in place, again and again.
// Who reads in the middle of that finds them different.
#define _GNU_SOURCE
#include "supervisor.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum { reading_tries = 100 };

int lease_open(const char *path) { return open(path, O_RDONLY | O_CLOEXEC); }

int64_t lease_read(int lease) {
    for (int try = 0; try < reading_tries; try++) {
        char text[64] = "", *rest = NULL;
        if (pread(lease, text, sizeof text - 1, 0) <= 0) return 0;
        int64_t first = strtoll(text, &rest, 10);
        if (strtoll(rest, NULL, 10) == first) return first;
    }
    return 0;
}
