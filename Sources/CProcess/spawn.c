#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

int cprocess_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC) == 0 ? 0 : -errno;
}

int cprocess_unblock(int fd) {
    int flags = fcntl(fd, F_GETFL);
    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 ? 0 : -errno;
}

long cprocess_write(int fd, const void *bytes, size_t length) {
    sigset_t broken, before, pending;
    sigemptyset(&broken);
    sigaddset(&broken, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    pthread_sigmask(SIG_BLOCK, &broken, &before);
    ssize_t count = write(fd, bytes, length);
    int error = errno;
    // The signal is this thread's and would be delivered below. One that waited before stays.
    struct timespec at_once = {0};
    if (count < 0 && error == EPIPE && !sigismember(&pending, SIGPIPE))
        sigtimedwait(&broken, NULL, &at_once);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return count >= 0 ? (long)count : -error;
}

// What a program that is started gets as its first descriptors.
struct inheritance {
    // 0, 1 and 2; NULL means /dev/null.
    const int *standard;
    // 3; -1 means none.
    int extra;
};

static int prepare_standard(posix_spawn_file_actions_t *actions, const int *standard) {
    if (standard != NULL) {
        int error = 0;
        for (int i = 0; i < 3 && error == 0; i++)
            error = posix_spawn_file_actions_adddup2(actions, standard[i], i);
        return error;
    }
    int error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, 0, 1);
    if (error == 0) error = posix_spawn_file_actions_adddup2(actions, 0, 2);
    return error;
}

static int prepare_descriptors(
    posix_spawn_file_actions_t *actions, const struct inheritance *inherited) {
    // First those below 3, so that one of ours that is 3 is handed over before 3 is overwritten.
    int error = prepare_standard(actions, inherited->standard);
    if (error == 0 && inherited->extra >= 0)
        error = posix_spawn_file_actions_adddup2(actions, inherited->extra, CPROCESS_STATUS_FD);
    // Not every library of the agent opens its descriptors with CLOEXEC.
    if (error == 0)
        error = posix_spawn_file_actions_addclosefrom_np(
            actions, CPROCESS_STATUS_FD + (inherited->extra < 0 ? 0 : 1));
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

// Starts a program with every signal blocked, an empty environment and no descriptor but those.
static int spawn(
    const char *path, char *const argv[], const struct inheritance *inherited, pid_t *pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    if (posix_spawn_file_actions_init(&actions) != 0) return -ENOMEM;
    if (posix_spawnattr_init(&attributes) != 0) {
        posix_spawn_file_actions_destroy(&actions);
        return -ENOMEM;
    }
    char *environment[] = {NULL};
    int error = prepare_descriptors(&actions, inherited);
    if (error == 0) error = prepare_signals(&attributes);
    if (error == 0) error = posix_spawn(pid, path, &actions, &attributes, argv, environment);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    return -error;
}

int cprocess_spawn_supervisor(const char *path, const char *folder, int status) {
    char *argv[] = {(char *)"muster-supervisor", (char *)folder, NULL};
    struct inheritance inherited = {.standard = NULL, .extra = status};
    pid_t pid = 0;
    int error = spawn(path, argv, &inherited, &pid);
    if (error != 0) return error;
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
    return 0;
}

// Gives a pidfd of what is started.
static int spawn_runner(
    const char *path, char *const argv[], const struct inheritance *inherited) {
    pid_t pid = 0;
    int error = spawn(path, argv, inherited, &pid);
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

int cprocess_spawn_check(const char *path, char *const argv[]) {
    struct inheritance inherited = {.standard = NULL, .extra = -1};
    return spawn_runner(path, argv, &inherited);
}

int cprocess_spawn_exec(const char *path, char *const argv[], const int descriptors[4]) {
    // One below 3 would be overwritten before it is handed over; one that is 3 is by then.
    for (int i = 0; i < 4; i++)
        if (descriptors[i] < 3) return -EBADF;
    struct inheritance inherited = {.standard = descriptors, .extra = descriptors[3]};
    return spawn_runner(path, argv, &inherited);
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
