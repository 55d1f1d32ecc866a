// One per container: starts its process, copies its output, stops it when asked, and leaves a
// durable record of its end. It needs nobody: the agent that started it may die at any moment.
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
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// How long leftovers that SIGKILL doesn't end (a process in the kernel's hands) hold up the record.
// A suspended host's sleep counts for a lease and not for poll: it is found this soon after.
enum {
    remains_patience_ms = 10000,
    remains_round_ms = 100,
    record_size = 1024,
    record_tries = 50,
    lease_round_ms = 1000
};

struct supervisor {
    int folder;
    int signals;
    // The agent waits for this to close; -1 once the start is decided.
    int status;
    // Closes when the container's program runs; -1 after that.
    int report;
    // `exit.new`, its blocks reserved, so that a full disk can't take the exit code.
    int record;
    struct launch launch;
    struct output output;
    struct output_stream streams[2];
    pid_t pid;
    bool ended;
    int wait_status;
    bool failed;
    struct failure failure;
    bool stopping;
    bool killed;
    // The file of the worker's lease; -1 where the container does not depend on it.
    int lease;
    // When it is looked at again, by CLOCK_BOOTTIME.
    int64_t lease_end;
    bool abandoned;
    // Monotonic milliseconds; INT64_MAX for never.
    int64_t kill_at;
    int64_t give_up_at;
};

static int64_t milliseconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// What can't be recorded in the folder is told to the agent, as one sentence.
static _Noreturn void give_up(struct supervisor *self, const char *what, int error) {
    dprintf(self->status, "%s: %s", what, strerror(error));
    exit(1);
}

static bool exists(int folder, const char *name) {
    return faccessat(folder, name, F_OK, 0) == 0;
}

// Takes the folder for this process, or ends: another supervisor has it, or the container already
// ran, ended, or was told to stop. The lock comes before the look: whoever writes `exit` or `stop`
// looks at the lock afterwards, so that one of the two always sees the other.
static void claim(struct supervisor *self, const char *path) {
    self->folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->folder < 0) give_up(self, "can't open the container's folder", errno);
    int lock = openat(self->folder, "lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    int error = lock < 0 ? -errno : cprocess_lock_take(lock);
    if (error == -EAGAIN) exit(0);
    if (error != 0) give_up(self, "can't lock the container's folder", -error);
    if (exists(self->folder, "started") || exists(self->folder, "exit")
        || exists(self->folder, "stop"))
        exit(0);
}

static void reserve_record(struct supervisor *self) {
    char blank[record_size];
    memset(blank, ' ', sizeof blank);
    self->record = openat(self->folder, "exit.new", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (self->record < 0 || write(self->record, blank, sizeof blank) != sizeof blank)
        give_up(self, "can't write to the container's folder", self->record < 0 ? errno : ENOSPC);
}

static void record_start(struct supervisor *self) {
    struct cprocess_process stat;
    char boot[37], text[256];
    int error = cprocess_stat(self->pid, &stat);
    if (error == 0) error = cprocess_boot_id(boot);
    if (error == 0) {
        int length = snprintf(
            text, sizeof text, "pid %d\nstart %llu\nboot %s\nat %lld\n", (int)self->pid,
            (unsigned long long)stat.start, boot, (long long)milliseconds(CLOCK_REALTIME));
        error = cprocess_write_record(self->folder, "started", text, (size_t)length);
    }
    if (error != 0) give_up(self, "can't record the container's process", -error);
}

// Forks the container's process and lets it go once it is on record.
static void start(struct supervisor *self) {
    int out, err, go[2], report[2];
    self->output.limit = self->launch.output_limit;
    if (!output_open(&self->output, self->folder)
        || !output_stream_open(&self->streams[0], "stdout", &out)
        || !output_stream_open(&self->streams[1], "stderr", &err)
        || pipe2(go, O_CLOEXEC) != 0 || pipe2(report, O_CLOEXEC) != 0)
        give_up(self, "can't open the container's output", errno);
    pid_t supervisor = getpid();
    self->pid = fork();
    if (self->pid < 0) give_up(self, "can't fork", errno);
    if (self->pid == 0) {
        close(go[1]);
        child_run(&self->launch, supervisor, go[0], report[1], out, err);
    }
    close(out);
    close(err);
    close(go[0]);
    close(report[1]);
    self->report = report[0];
    record_start(self);
    // A child that failed before this says so through `report`, in more detail.
    if (write(go[1], "", 1) != 1) {
        self->failed = true;
        self->failure.error = errno;
    }
    close(go[1]);
}

// The group once it is one; before its setsid the child is on its own.
static void signal_container(const struct supervisor *self, int signal) {
    if (kill(-self->pid, signal) != 0) kill(self->pid, signal);
}

static void stop(struct supervisor *self, int64_t grace) {
    int64_t at = milliseconds(CLOCK_MONOTONIC) + (grace > 0 ? grace : 0);
    if (at < self->kill_at) self->kill_at = at;
    if (!self->stopping && !self->ended) signal_container(self, SIGTERM);
    self->stopping = true;
}

// The dead man's handle: nobody renewed the worker's lease, so that another copy may be about to
// start elsewhere. The agent should have stopped this one, but may be dead or frozen.
static bool lease_is_over(struct supervisor *self) {
    int64_t now = milliseconds(CLOCK_BOOTTIME);
    if (now >= self->lease_end)
        self->lease_end = lease_read(self->lease) + self->launch.lease_extra_ms;
    return now >= self->lease_end;
}

static void heed_lease(struct supervisor *self) {
    if (self->lease < 0 || self->abandoned || !lease_is_over(self)) return;
    self->abandoned = true;
    stop(self, self->launch.grace_ms);
}

static void stop_requested(struct supervisor *self) {
    int64_t grace = self->launch.grace_ms;
    int fd = openat(self->folder, "stop", O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        char text[32] = "";
        if (read(fd, text, sizeof text - 1) > 0) grace = strtoll(text, NULL, 10);
        close(fd);
    }
    stop(self, grace);
}

static void read_signals(struct supervisor *self) {
    struct signalfd_siginfo info;
    while (read(self->signals, &info, sizeof info) == sizeof info)
        if (info.ssi_signo == SIGTERM) stop_requested(self);
}

static void read_report(struct supervisor *self) {
    struct failure failure;
    ssize_t count = read(self->report, &failure, sizeof failure);
    if (count == sizeof failure) {
        self->failed = true;
        self->failure = failure;
    }
    close(self->report);
    self->report = -1;
    if (self->failed) return;
    close(self->status);
    self->status = -1;
}

// Reaps orphans, and the container's process once its group has been killed: until it is reaped no
// other group can have its number. Returns false when no child is left.
static bool reap(struct supervisor *self) {
    siginfo_t info = {0};
    if (!self->ended
        && waitid(P_PID, (id_t)self->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0
        && info.si_pid == self->pid) {
        kill(-self->pid, SIGKILL);
        waitpid(self->pid, &self->wait_status, 0);
        self->ended = true;
        self->give_up_at = milliseconds(CLOCK_MONOTONIC) + remains_patience_ms;
    }
    pid_t pid;
    // Before its end is noted above, the container's process must not be taken here.
    while (self->ended && (pid = waitpid(-1, NULL, WNOHANG)) > 0) {}
    if (!self->ended) {
        while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0
               && info.si_pid != self->pid)
            waitpid(info.si_pid, NULL, 0);
        return true;
    }
    return pid == 0;
}

static void wait_for_something(struct supervisor *self) {
    struct pollfd items[] = {
        {.fd = self->signals, .events = POLLIN},
        {.fd = self->report, .events = POLLIN},
        {.fd = self->streams[0].pipe, .events = POLLIN},
        {.fd = self->streams[1].pipe, .events = POLLIN},
    };
    int64_t now = milliseconds(CLOCK_MONOTONIC), timeout = -1;
    if (self->kill_at != INT64_MAX && !self->killed)
        timeout = self->kill_at > now ? self->kill_at - now : 0;
    if (self->lease >= 0 && !self->abandoned && (timeout < 0 || timeout > lease_round_ms))
        timeout = lease_round_ms;
    // Each death wakes this loop by SIGCHLD; the round is for what only the kernel can release.
    if (self->ended || self->killed) timeout = remains_round_ms;
    if (poll(items, 4, timeout > 60000 ? 60000 : (int)timeout) <= 0) return;
    if (items[0].revents != 0) read_signals(self);
    if (items[1].revents != 0) read_report(self);
    for (int i = 0; i < 2; i++)
        if (items[2 + i].revents != 0) output_copy(&self->output, &self->streams[i]);
}

static void supervise(struct supervisor *self) {
    while (true) {
        bool children = reap(self);
        if (!self->ended) heed_lease(self);
        int64_t now = milliseconds(CLOCK_MONOTONIC);
        if (self->ended) {
            if (!children || now >= self->give_up_at) break;
            remains_kill(&self->launch);
        } else if (now >= self->kill_at) {
            self->killed = true;
            signal_container(self, SIGKILL);
            remains_kill(&self->launch);
        }
        wait_for_something(self);
    }
    // The child is gone, so its failure, if any, is there.
    if (self->report >= 0) read_report(self);
}

static int describe_end(const struct supervisor *self, char *out, size_t size) {
    long long finished = milliseconds(CLOCK_REALTIME);
    if (self->failed) {
        char reason[700];
        child_describe_failure(&self->launch, &self->failure, reason, sizeof reason);
        // A record is lines: no other line may come in by a file name.
        for (char *at = reason; *at != 0; at++)
            if ((unsigned char)*at < ' ') *at = '?';
        return snprintf(
            out, size, "finished %lld\nerror CannotStartContainerError\nreason %s\n", finished,
            reason);
    }
    int code = WIFEXITED(self->wait_status) ? WEXITSTATUS(self->wait_status)
                                            : 128 + WTERMSIG(self->wait_status);
    const char *reason = "";
    if (self->abandoned)
        reason = "reason Stopped because the worker lost its manager (muster:on-lost=stop).\n";
    if (code == 128 + SIGKILL && !self->killed && remains_out_of_memory(&self->launch))
        reason = "error OutOfMemoryError\nreason Container killed due to memory usage\n";
    return snprintf(out, size, "code %d\nfinished %lld\n%s", code, finished, reason);
}

static bool record_end(struct supervisor *self) {
    char text[record_size];
    int length = describe_end(self, text, sizeof text);
    return pwrite(self->record, text, (size_t)length, 0) == length
        && ftruncate(self->record, length) == 0
        && cprocess_publish(self->folder, self->record, "exit.new", "exit") == 0;
}

static void listen_for_signals(struct supervisor *self) {
    sigset_t heard;
    sigfillset(&heard);
    if (sigprocmask(SIG_BLOCK, &heard, NULL) != 0) give_up(self, "can't block signals", errno);
    sigemptyset(&heard);
    sigaddset(&heard, SIGTERM);
    sigaddset(&heard, SIGCHLD);
    self->signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    if (self->signals < 0) give_up(self, "can't listen for signals", errno);
    // Orphans of the container come to this process rather than to init.
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) give_up(self, "can't become subreaper", errno);
}

int main(int argc, char **argv) {
    if (argc > 1 && strcmp(argv[1], "--check") == 0) return check_main(argc, argv);
    if (argc > 1 && strcmp(argv[1], "--exec") == 0) return exec_main(argc, argv);
    if (argc != 2 || fcntl(CPROCESS_STATUS_FD, F_SETFD, FD_CLOEXEC) != 0) {
        fprintf(stderr, "muster-supervisor is started by a Muster worker, one per container.\n");
        return 64;
    }
    static struct supervisor self = {
        .status = CPROCESS_STATUS_FD, .report = -1, .kill_at = INT64_MAX, .lease = -1};
    // A child of nobody, in a session of its own: the agent's end, or a Ctrl-C at its terminal,
    // does not reach this process.
    pid_t pid = fork();
    if (pid < 0) give_up(&self, "can't fork", errno);
    if (pid > 0) _exit(0);
    setsid();
    listen_for_signals(&self);
    claim(&self, argv[1]);
    int error = launch_read(self.folder, &self.launch);
    if (error != 0) give_up(&self, "can't read what to launch", error);
    if (self.launch.lease_file != NULL) {
        self.lease = lease_open(self.launch.lease_file);
        if (self.lease < 0) give_up(&self, "can't open the file of the worker's lease", errno);
        if (lease_is_over(&self))
            give_up(&self, "its task may not start while the worker has no manager", ETIME);
    }
    reserve_record(&self);
    start(&self);
    supervise(&self);
    for (int i = 0; i < 2; i++) {
        // A pipe's capacity, and a bound on a writer that got away.
        for (int round = 0; round < 64 && self.streams[i].pipe >= 0; round++)
            output_copy(&self.output, &self.streams[i]);
        output_end(&self.output, &self.streams[i]);
    }
    // A record that can't be written is an exit code that nobody can know; the agent says so.
    for (int try = 0; try < record_tries && !record_end(&self); try++) usleep(200000);
    remains_remove_cgroups(&self.launch);
    return 0;
}
