#define _GNU_SOURCE
#include "supervisor.h"

#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static _Noreturn void fail(int report, enum stage stage, int index) {
    struct failure failure = {.stage = stage, .error = errno, .index = index};
    // Nobody is left to tell where this fails.
    if (write(report, &failure, sizeof failure) < 0) _exit(126);
    _exit(127);
}

// A group that can't be joined is a limit that is not enforced, which is no error.
static void join_cgroup(const char *folder) {
    char path[4096];
    if (snprintf(path, sizeof path, "%s/cgroup.procs", folder) >= (int)sizeof path) return;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return;
    // "0" is the process that writes. The result is none of ours, see above.
    ssize_t ignored = write(fd, "0", 1);
    (void)ignored;
    close(fd);
}

static void set_limit(const struct limit *limit, int report, int index) {
    if (setrlimit((__rlimit_resource_t)limit->resource, &limit->value) != 0)
        fail(report, stage_limit, index);
}

// The terminal at descriptor 0 becomes the session's, and its user's: programs open it by name.
static void take_terminal(const struct launch *launch, int report) {
    if (!launch->terminal) return;
    if (ioctl(0, TIOCSCTTY, 0) != 0) fail(report, stage_setup, 0);
    if (launch->change_user && fchown(0, launch->uid, (gid_t)-1) != 0)
        fail(report, stage_setup, 0);
}

static void isolate(const struct launch *launch, int report) {
    if (!launch->isolated) return;
    if (launch->network > 0) {
        if (setns(launch->network, CLONE_NEWNET) != 0) fail(report, stage_network, 0);
        return;
    }
    if (unshare(CLONE_NEWNET) != 0) fail(report, stage_network, 0);
    int error = cprocess_loopback_up();
    if (error == 0) return;
    errno = -error;
    fail(report, stage_network, 0);
}

static void become_user(const struct launch *launch, int report) {
    if (!launch->change_user) return;
    if (setgroups(launch->group_count, launch->groups) != 0
        || setresgid(launch->gid, launch->gid, launch->gid) != 0
        || setresuid(launch->uid, launch->uid, launch->uid) != 0)
        fail(report, stage_user, 0);
}

_Noreturn void child_run(
    const struct launch *launch, pid_t supervisor, int go, int report, int out, int err) {
    // The own group and session are the container's name in every kill.
    if (setsid() < 0) fail(report, stage_setup, 0);
    take_terminal(launch, report);
    for (size_t i = 0; i < launch->cgroup_count; i++) join_cgroup(launch->cgroups[i]);
    // Before the limits: it needs a descriptor, of which there may be none left afterwards.
    isolate(launch, report);
    for (size_t i = 0; i < launch->limit_count; i++)
        set_limit(&launch->limits[i], report, (int)i);
    become_user(launch, report);
    // After the change of user, which would clear it. The supervisor's death must not leave a
    // container that nobody watches; one that died before this line shows as another parent.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) fail(report, stage_setup, 0);
    if (getppid() != supervisor) _exit(126);

    // Not a step further before the supervisor has recorded this process.
    char byte;
    if (read(go, &byte, 1) != 1) _exit(126);
    umask(022);
    if (launch->directory != NULL && chdir(launch->directory) != 0)
        fail(report, stage_directory, 0);
    if (dup2(out, 1) < 0 || dup2(err, 2) < 0) fail(report, stage_setup, 0);
    sigset_t none;
    sigemptyset(&none);
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0) fail(report, stage_setup, 0);
    // The program is looked up on the container's own PATH.
    environ = launch->environment;
    execvp(launch->arguments[0], launch->arguments);
    fail(report, stage_exec, 0);
}

void child_describe_failure(
    const struct launch *launch, const struct failure *failure, char *out, size_t size) {
    const char *error = strerror(failure->error);
    switch (failure->stage) {
    case stage_exec:
        snprintf(
            out, size,
            "can't run \"%.200s\": %s. Check entryPoint and command; a name without a slash is "
            "looked up on the container's PATH.",
            launch->arguments[0], error);
        return;
    case stage_directory:
        snprintf(
            out, size, "can't enter workingDirectory \"%.200s\": %s.", launch->directory, error);
        return;
    case stage_limit:
        snprintf(
            out, size, "can't set ulimit %s: %s. Ask for less, or run the worker as root.",
            launch->limits[failure->index].name, error);
        return;
    case stage_user:
        snprintf(out, size, "can't become user %u: %s.", (unsigned)launch->uid, error);
        return;
    case stage_network:
        snprintf(out, size, "can't leave the host's network: %s.", error);
        return;
    case stage_setup:
        snprintf(out, size, "can't set up the process: %s.", error);
        return;
    }
}
