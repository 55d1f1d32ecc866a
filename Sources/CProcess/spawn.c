#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int cprocess_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno;
}

static int prepare_descriptors(posix_spawn_file_actions_t *actions, int status) {
    int error = status < 0 ? 0
                           : posix_spawn_file_actions_adddup2(actions, status, CPROCESS_STATUS_FD);
    if (error == 0) error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, 0, 1);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, 0, 2);
    // Not every library of the agent opens its descriptors with CLOEXEC.
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(
            actions, CPROCESS_STATUS_FD + (status < 0 ? 0 : 1));
    if (error == 0) error = posix_spawn_file_actions_addchdir_np(actions, "/");
    return error;
}

// All signals blocked, so that nothing ends a supervisor before it listens, and none ignored.
static int prepare_signals(posix_spawnattr_t *attributes) {
    sigset_t all;
    sigfillset(&all);
    int error = posix_spawnattr_setsigmask(attributes, &all);
    if (error == 0) error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

// Starts a program with every signal blocked, an empty environment and no descriptor but `status`,
// if that is one.
static int spawn(const char *path, char *const argv[], int status, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0) return -ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -ENOMEM;
    }
    char *environment[] = {NULL};
    int error = prepare_descriptors(&actions, status);
    if (error == 0) error = prepare_signals(&attributes);
    if (error == 0) error = posix_spawn(pid, path, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

int cprocess_spawn_supervisor(const char *path, const char *folder, int status) {
    char *argv[] = {(char *)"muster-supervisor", (char *)folder, NULL};
    pid_t pid = 0;
    int error = spawn(path, argv, status, &pid);
    if (error != 0) return error;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return 0;
}

int cprocess_spawn_check(const char *path, char *const argv[]) {
    pid_t pid = 0;
    int error = spawn(path, argv, -1, &pid);
    if (error != 0) return error;
    // It is ours and not reaped, so that the number is still its own.
    int fd = cprocess_pidfd_open(pid);
    if (fd < 0) {
        // Nobody will hear of its end.
        kill(pid, SIGKILL);
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    }
    return fd;
}

int cprocess_pidfd_open(pid_t pid) {
    int fd = (int)syscall(SYS_pidfd_open, pid, 0);
    return fd >= 0 ? fd : -errno;
}

int cprocess_pidfd_signal(int pidfd, int signal) {
    return syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0) == 0 ? 0 : -errno;
}

int cprocess_pidfd_wait(int pidfd, int milliseconds) {
    struct pollfd item = {.fd = pidfd, .events = POLLIN};
    int count = poll(&item, 1, milliseconds);
    return count > 0 ? 1 : 0;
}

int cprocess_pidfd_exit_code(int pidfd) {
    siginfo_t info = {0};
    if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG) != 0) return -errno;
    if (info.si_pid == 0) return -EAGAIN;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

void cprocess_pidfd_reap(int pidfd) {
    siginfo_t info;
    waitid((idtype_t)P_PIDFD, (id_t)pidfd, &info, WEXITED | WNOHANG);
}
