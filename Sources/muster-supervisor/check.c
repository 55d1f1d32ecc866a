// Runs one health check: an end when its time is over or the container's, and nothing left behind.
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

static enum check_result await(pid_t pid, int container, int64_t timeout) {
    int check = cprocess_pidfd_open(pid);
    if (check < 0) return check_failed;
    int64_t end = runner_now_ms() + timeout;
    struct pollfd items[] = {
        {.fd = check, .events = POLLIN}, {.fd = container, .events = POLLIN}};
    while (true) {
        int64_t left = end - runner_now_ms();
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

int check_main(int argc, char **argv) {
    if (argc < 7) return check_failed;
    // What it starts comes to this process when it loses its parent.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return check_failed;
    int container = runner_open_container(argv[4], argv[5]);
    if (container < 0) return check_container_ended;
    int folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct launch launch = {0};
    if (folder < 0 || launch_read(folder, &launch) != 0) return check_failed;
    if (!runner_join_network(&launch, argv[4], argv[5])) return check_container_ended;
    launch.arguments = argv + 6;
    // Output goes nowhere.
    pid_t pid = runner_begin(&launch, 1, 2, NULL);
    if (pid < 0) return check_failed;
    enum check_result result = await(pid, container, strtoll(argv[3], NULL, 10));
    runner_clean_up(pid);
    return (int)result;
}
