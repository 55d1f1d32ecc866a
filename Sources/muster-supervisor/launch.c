// `launch` is a sequence of `key=value` strings, each ended by NUL.
#define _GNU_SOURCE
#include "supervisor.h"

#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { launch_bytes_maximum = 4 << 20 };

static int read_text(int folder, char **text, size_t *length) {
    int fd = openat(folder, "launch", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return errno;
    struct stat info;
    int error = fstat(fd, &info) == 0 ? 0 : errno;
    if (error == 0 && (info.st_size <= 0 || info.st_size > launch_bytes_maximum)) error = EFBIG;
    if (error == 0) {
        *length = (size_t)info.st_size;
        *text = malloc(*length + 1);
        if (*text == NULL) error = ENOMEM;
        else if (read(fd, *text, *length) != info.st_size) error = EIO;
        else (*text)[*length] = 0;
    }
    close(fd);
    return error;
}

// `name:soft:hard`, -1 meaning no limit.
static int parse_limit(char *value, struct limit *limit) {
    char *soft = strchr(value, ':');
    if (soft == NULL) return EINVAL;
    *soft++ = 0;
    char *hard = strchr(soft, ':');
    if (hard == NULL) return EINVAL;
    *hard++ = 0;
    limit->name = value;
    limit->resource = cprocess_rlimit(value);
    limit->value.rlim_cur = (rlim_t)strtoll(soft, NULL, 10);
    limit->value.rlim_max = (rlim_t)strtoll(hard, NULL, 10);
    return limit->resource < 0 ? EINVAL : 0;
}

static int parse_entry(struct launch *launch, const char *key, char *value) {
    if (strcmp(key, "cwd") == 0) {
        launch->directory = value;
    } else if (strcmp(key, "uid") == 0) {
        launch->change_user = true;
        launch->uid = (uid_t)strtoul(value, NULL, 10);
    } else if (strcmp(key, "gid") == 0) {
        launch->gid = (gid_t)strtoul(value, NULL, 10);
    } else if (strcmp(key, "group") == 0) {
        if (launch->group_count == groups_maximum) return E2BIG;
        launch->groups[launch->group_count++] = (gid_t)strtoul(value, NULL, 10);
    } else if (strcmp(key, "network") == 0) {
        launch->isolated = strcmp(value, "none") == 0;
        return launch->isolated ? 0 : EINVAL;
    } else if (strcmp(key, "limit") == 0) {
        if (launch->limit_count == limits_maximum) return E2BIG;
        return parse_limit(value, &launch->limits[launch->limit_count++]);
    } else if (strcmp(key, "cgroup") == 0) {
        if (launch->cgroup_count == cgroups_maximum) return E2BIG;
        launch->cgroups[launch->cgroup_count++] = value;
    } else if (strcmp(key, "oom") == 0) {
        launch->oom_file = value;
    } else if (strcmp(key, "output") == 0) {
        launch->output_limit = strtoll(value, NULL, 10);
    } else if (strcmp(key, "grace") == 0) {
        launch->grace_ms = strtoll(value, NULL, 10);
    } else if (strcmp(key, "lease") == 0) {
        launch->lease_file = value;
    } else if (strcmp(key, "extra") == 0) {
        launch->lease_extra_ms = strtoll(value, NULL, 10);
    } else {
        return EINVAL;
    }
    return 0;
}

int launch_read(int folder, struct launch *launch) {
    size_t length = 0;
    int error = read_text(folder, &launch->text, &length);
    if (error != 0) return error;
    char *end = launch->text + length;
    size_t count = 1;
    for (char *at = launch->text; at < end; at++) count += *at == 0;
    launch->arguments = calloc(count + 1, sizeof(char *));
    launch->environment = calloc(count + 1, sizeof(char *));
    if (launch->arguments == NULL || launch->environment == NULL) return ENOMEM;
    size_t arguments = 0, variables = 0;
    char *next = NULL;
    for (char *at = launch->text; at < end && error == 0; at = next) {
        next = at + strlen(at) + 1;
        char *value = strchr(at, '=');
        if (value == NULL) return EINVAL;
        *value++ = 0;
        if (strcmp(at, "arg") == 0) launch->arguments[arguments++] = value;
        else if (strcmp(at, "env") == 0) launch->environment[variables++] = value;
        else error = parse_entry(launch, at, value);
    }
    return error == 0 && arguments == 0 ? EINVAL : error;
}
