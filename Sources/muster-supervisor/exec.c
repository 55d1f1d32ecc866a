// Runs one command that someone asked for in a container. Its input, output and errors are this
// process's own; it ends with the container, and when nobody wants it any more.
#define _GNU_SOURCE
#include "supervisor.h"

#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// As shells have it.
enum { exec_not_run = 126, exec_not_found = 127, exec_killed = 128 + SIGKILL };

// `launch_read` leaves room for an entry: there are arguments, which it counted too.
static bool set_terminal(struct launch *launch, const char *type) {
    if (*type == 0) return true;
    size_t size = strlen(type) + sizeof "TERM=";
    char *entry = malloc(size);
    if (entry == NULL) return false;
    snprintf(entry, size, "TERM=%s", type);
    char **at = launch->environment;
    while (*at != NULL && strncmp(*at, "TERM=", 5) != 0) at++;
    *at = entry;
    launch->terminal = true;
    return true;
}

// Tells what kept the program from running; 0 when it runs.
static int read_failure(const struct launch *launch, int report) {
    struct failure failure;
    if (read(report, &failure, sizeof failure) != sizeof failure) return 0;
    if (failure.stage == stage_exec) {
        dprintf(
            2, "muster exec: can't run \"%.200s\": %s. A name without a slash is looked up on the "
            "container's PATH.\n", launch->arguments[0], strerror(failure.error));
        return failure.error == ENOENT ? exec_not_found : exec_not_run;
    }
    char reason[700];
    child_describe_failure(launch, &failure, reason, sizeof reason);
    dprintf(2, "muster exec: %s\n", reason);
    return exec_not_run;
}

static int await(const struct launch *launch, pid_t pid, int container, int report) {
    int command = cprocess_pidfd_open(pid), failure = 0;
    if (command < 0) return exec_not_run;
    struct pollfd items[] = {
        {.fd = report, .events = POLLIN},
        {.fd = command, .events = POLLIN},
        {.fd = container, .events = POLLIN},
        {.fd = CPROCESS_LIFELINE_FD, .events = POLLIN},
    };
    while (true) {
        if (poll(items, 4, -1) < 0) {
            if (errno == EINTR) continue;
            return exec_not_run;
        }
        if (items[0].revents != 0) {
            failure = read_failure(launch, report);
            // It is closed by the program's start, and not looked at any more.
            items[0].fd = -1;
        }
        if (items[1].revents != 0) break;
        if (items[2].revents != 0 || items[3].revents != 0) return exec_killed;
    }
    // The child is gone, so its failure, if any, is there.
    if (items[0].fd >= 0) failure = read_failure(launch, report);
    if (failure != 0) return failure;
    // Not reaped before its group is killed: until then no other can have its number.
    siginfo_t info = {0};
    if (waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) != 0) return exec_not_run;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

static int refuse(const char *what, int error) {
    dprintf(2, "muster exec: %s: %s.\n", what, strerror(error));
    return exec_not_run;
}

int exec_main(int argc, char **argv) {
    if (argc < 7) return exec_not_run;
    if (fcntl(CPROCESS_LIFELINE_FD, F_SETFD, FD_CLOEXEC) != 0)
        return refuse("there is no lifeline", errno);
    // What it starts comes to this process when it loses its parent.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) return refuse("can't become subreaper", errno);
    int container = runner_open_container(argv[3], argv[4]);
    if (container < 0) return refuse("the container has ended", ESRCH);
    int folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct launch launch = {0};
    int error = folder < 0 ? errno : launch_read(folder, &launch);
    if (error != 0) return refuse("can't read how the container was launched", error);
    if (!runner_join_network(&launch, argv[3], argv[4]))
        return refuse("the container has ended", ESRCH);
    launch.arguments = argv + 6;
    if (!set_terminal(&launch, argv[5])) return refuse("can't set TERM", ENOMEM);
    int report = -1;
    pid_t pid = runner_begin(&launch, 1, 2, &report);
    if (pid < 0) return refuse("can't start a process", errno);
    int code = await(&launch, pid, container, report);
    runner_clean_up(pid);
    return code;
}
