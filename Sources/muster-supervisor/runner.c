// What runs beside a container's supervisor, for a check or a command: a program with what the
// container got (environment, user, limits, control groups), in a group of its own, of which
// nothing is left.
#define _GNU_SOURCE
#include "supervisor.h"

#include "cprocess.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// How long what SIGKILL doesn't end (a process in the kernel's hands) holds up the answer.
enum { runner_patience_ms = 2000, runner_round_ms = 20 };

int64_t runner_now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int runner_open_container(const char *pid, const char *start) {
    pid_t number = (pid_t)strtol(pid, NULL, 10);
    int pidfd = cprocess_pidfd_open(number);
    struct cprocess_process stat;
    if (pidfd >= 0 && cprocess_stat(number, &stat) == 0
        && stat.start == (uint64_t)strtoull(start, NULL, 10))
        return pidfd;
    return -1;
}

bool runner_join_network(struct launch *launch, const char *pid, const char *start) {
    if (!launch->isolated) return true;
    char path[64];
    snprintf(path, sizeof path, "/proc/%ld/ns/net", strtol(pid, NULL, 10));
    launch->network = open(path, O_RDONLY | O_CLOEXEC);
    // Whose it was is sure only if the number is still that process's.
    int container = launch->network < 0 ? -1 : runner_open_container(pid, start);
    if (container < 0) return false;
    close(container);
    return true;
}

pid_t runner_begin(struct launch *launch, int out, int err, int *report) {
    int go[2], told[2];
    if (pipe2(go, O_CLOEXEC) != 0 || pipe2(told, O_CLOEXEC) != 0) return -1;
    pid_t runner = getpid(), pid = fork();
    if (pid < 0) return -1;
    if (pid == 0) {
        close(go[1]);
        child_run(launch, runner, go[0], told[1], out, err);
    }
    close(go[0]);
    close(told[1]);
    if (write(go[1], "", 1) != 1) kill(pid, SIGKILL);
    if (report != NULL) *report = told[0];
    return pid;
}

void runner_clean_up(pid_t pid) {
    if (kill(-pid, SIGKILL) != 0) kill(pid, SIGKILL);
    int64_t end = runner_now_ms() + runner_patience_ms;
    while (remains_kill_children() > 0 && runner_now_ms() < end) {
        pid_t ended = 0;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {}
        if (ended < 0) return;
        poll(NULL, 0, runner_round_ms);
    }
}
