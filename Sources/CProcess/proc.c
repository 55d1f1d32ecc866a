#define _GNU_SOURCE
#include "cprocess.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// Reads at most `capacity - 1` bytes of a small file of /proc and ends them with NUL.
static ssize_t read_small(const char *path, char *out, size_t capacity) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -errno;
    ssize_t count = read(fd, out, capacity - 1);
    int error = errno;
    close(fd);
    if (count < 0) return -error;
    out[count] = 0;
    return count;
}

int cprocess_stat(pid_t pid, struct cprocess_process *out) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (read_small(path, text, sizeof text) <= 0) return -ESRCH;
    // The second field is the program's name in brackets and may hold anything, brackets too.
    char *rest = strrchr(text, ')');
    if (rest == NULL) return -ESRCH;
    char state;
    int parent, group, session;
    unsigned long long start, user, system, pages;
    long long children_user, children_system;
    int fields = sscanf(
        rest + 1,
        " %c %d %d %d %*s %*s %*s %*s %*s %*s %*s %llu %llu %lld %lld %*s %*s %*s %*s %llu %*s "
        "%llu",
        &state, &parent, &group, &session, &user, &system, &children_user, &children_system,
        &start, &pages);
    if (fields != 10) return -ESRCH;
    *out = (struct cprocess_process){
        .pid = pid, .parent = parent, .group = group, .session = session, .state = state,
        .start = start, .used = user + system + (uint64_t)(children_user + children_system),
        .pages = pages};
    return 0;
}

int cprocess_list(struct cprocess_process *out, int capacity) {
    DIR *proc = opendir("/proc");
    if (proc == NULL) return -errno;
    int count = 0;
    struct dirent *entry;
    while ((entry = readdir(proc)) != NULL) {
        char *end;
        long pid = strtol(entry->d_name, &end, 10);
        struct cprocess_process stat;
        if (pid <= 0 || *end != 0 || cprocess_stat((pid_t)pid, &stat) != 0) continue;
        if (count < capacity) out[count] = stat;
        count++;
    }
    closedir(proc);
    return count;
}

int cprocess_boot_id(char out[37]) {
    ssize_t count = read_small("/proc/sys/kernel/random/boot_id", out, 37);
    return count == 36 ? 0 : count < 0 ? (int)count : -EIO;
}

int cprocess_environment_has(pid_t pid, const char *entry) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL) return 0;
    char *text = NULL;
    size_t capacity = 0;
    int found = 0;
    while (!found && getdelim(&text, &capacity, 0, file) > 0) found = strcmp(text, entry) == 0;
    free(text);
    fclose(file);
    return found;
}
