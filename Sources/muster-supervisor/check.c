// Runs one health check: the container's environment, user, limits and control groups, a group of
// its own, an end when its time is over or the container's, and nothing left behind.
#define _GNU_SOURCE
#include "supervisor.h"

#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// How long what SIGKILL doesn't end (a process in the kernel's hands) holds up the answer.
enum { check_patience_ms = 2000, check_round_ms = 20 };

static int64_t monotonic_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// The container's process, unless the number has passed to another one.
static int open_container(pid_t pid, uint64_t start) {
    int pidfd = cprocess_pidfd_open(pid);
    struct cprocess_process stat;
    if (pidfd >= 0 && cprocess_stat(pid, &stat) == 0 && stat.start == start) return pidfd;
    return -1;
}

// What the check tells, or -1 when it could not be begun. Output goes nowhere.
static pid_t begin(struct launch *launch) {
    int go[2], report[2];
    if (pipe2(go, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0) return -1;
    pid_t runner = getpid(), pid = fork();
    if (pid < 0) return -1;
    if (pid == 0) {
        close(go[1]);
        child_run(launch, runner, go[0], report[1], 1, 2);
    }
    if (write(go[1], "", 1) != 1) kill(pid, SIGKILL);
    return pid;
}

static enum check_result await(pid_t pid, int container, int64_t timeout) {
    int check = cprocess_pidfd_open(pid);
    if (check < 0) return check_failed;
    int64_t end = monotonic_ms() + timeout;
    struct pollfd items[] = {
        {.fd = check, .events = POLLIN}, {.fd = container, .events = POLLIN}};
    while (true) {
        int64_t left = end - monotonic_ms();
        if (left <= 0) return check_timed_out;
        if (poll(items, 2, (int)left) < 0 && errno != EINTR) return check_failed;
        if (items[1].revents != 0) return check_container_ended;
        if (items[0].revents != 0) break;
    }
    // Not reaped before its group is killed: until then no other can have its number.
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0) return check_failed;
    bool passed = info.si_code == CLD_EXITED && info.si_status == 0;
    return passed ? check_passed : check_failed;
}

// Ends the check's group and every orphan of it.
static void clean_up(pid_t pid) {
    if (kill(-pid, SIGKILL) != 0) kill(pid, SIGKILL);
    int64_t end = monotonic_ms() + check_patience_ms;
    while (remains_kill_children() > 0 && monotonic_ms() < end) {
        pid_t ended = 0;
        while ((ended = waitpid(-1, NULL, WNOHANG)) > 0) {}
        if (ended < 0) return;
        poll(NULL, 0, check_round_ms);
    }
}

int check_main(int argc, char **argv) {
    if (argc < 7) return check_failed;
    // What it starts comes to this process when it loses its parent.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return check_failed;
    int container = open_container(
        (pid_t)strtol(argv[4], NULL, 10), (uint64_t)strtoull(argv[5], NULL, 10));
    if (container < 0) return check_container_ended;
    int folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct launch launch = {0};
    if (folder < 0 || launch_read(folder, &launch) != 0) return check_failed;
    launch.arguments = argv + 6;
    pid_t pid = begin(&launch);
    if (pid < 0) return check_failed;
    enum check_result result = await(pid, container, strtoll(argv[3], NULL, 10));
    clean_up(pid);
    return (int)result;
}
