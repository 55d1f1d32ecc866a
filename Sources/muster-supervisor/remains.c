#define _GNU_SOURCE
#include "supervisor.h"

#include "cprocess.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void kill_members(const char *cgroup) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/cgroup.procs", cgroup) >= (int)sizeof path) return;
    FILE *file = fopen(path, "re");
    if (file == NULL) return;
    int pid;
    while (fscanf(file, "%d", &pid) == 1)
        if (pid > 1) kill(pid, SIGKILL);
    fclose(file);
}

int remains_kill_children(void) {
    int capacity = cprocess_list(NULL, 0) + 256;
    struct cprocess_process *all = calloc((size_t)capacity, sizeof *all);
    if (all == NULL) return 0;
    int found = 0, count = cprocess_list(all, capacity);
    if (count > capacity) count = capacity;
    // Only direct children: their pids can't be reused before we reap them. Grandchildren become
    // children when their parents die, and the next round has them.
    for (int i = 0; i < count; i++)
        if (all[i].parent == getpid()) {
            kill(all[i].pid, SIGKILL);
            found++;
        }
    free(all);
    return found;
}

void remains_kill(const struct launch *launch) {
    for (size_t i = 0; i < launch->cgroup_count; i++) kill_members(launch->cgroups[i]);
    remains_kill_children();
}

void remains_remove_cgroups(const struct launch *launch) {
    for (size_t i = 0; i < launch->cgroup_count; i++)
        // The kernel takes a moment to let go of the last member.
        for (int try = 0; try < 20 && rmdir(launch->cgroups[i]) != 0 && errno == EBUSY; try++)
            usleep(5000);
}

bool remains_out_of_memory(const struct launch *launch) {
    if (launch->oom_file == NULL) return false;
    FILE *file = fopen(launch->oom_file, "re");
    if (file == NULL) return false;
    char line[256];
    long kills = 0;
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, "oom_kill ", 9) == 0) kills = strtol(line + 9, NULL, 10);
    fclose(file);
    return kills > 0;
}
