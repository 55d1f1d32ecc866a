// What Swift cannot spell: spawning without leaks, pidfd, record locks, /proc, durable records.
// Shared by the agent (module Runtimes) and by muster-supervisor. Functions that can fail return
// 0 or a descriptor when well and -errno when not, unless they say otherwise.
#ifndef CPROCESS_H
#define CPROCESS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// The descriptor that a supervisor inherits: it is closed once the container's start is decided.
#define CPROCESS_STATUS_FD 3
// The descriptor that the runner of a command inherits: it ends when nobody wants the command.
#define CPROCESS_LIFELINE_FD 3

// MARK: spawn.c

// A pipe that no program inherits: the read end, then the write end.
int cprocess_pipe(int ends[2]);
// Makes reads and writes return -1 and EAGAIN where they would wait.
int cprocess_unblock(int fd);
// As write(2), but that a pipe without a reader is -EPIPE and no signal. Returns bytes or -errno.
long cprocess_write(int fd, const void *bytes, size_t length);

// Starts the supervisor at `path` for `folder` with every signal blocked, an empty environment and
// no descriptor but `status` (as CPROCESS_STATUS_FD). The process started here ends at once and is
// reaped; the supervisor is its detached child.
int cprocess_spawn_supervisor(const char *path, const char *folder, int status);

// Starts the supervisor at `path` as the runner of one health check, with its arguments, likewise.
// Returns a pidfd; the runner ends by itself and is to be reaped.
int cprocess_spawn_check(const char *path, char *const argv[]);

// Starts the supervisor at `path` as the runner of a command that someone asked for, with its
// arguments, likewise but for its first four descriptors: input, output, errors, and the lifeline,
// at whose end the runner ends the command. Returns a pidfd.
int cprocess_spawn_exec(const char *path, char *const argv[], const int descriptors[4]);

// A terminal of so many characters: `ends` are its master, which does not block, and its slave.
int cprocess_terminal(int columns, int rows, int ends[2]);
int cprocess_terminal_resize(int master, int columns, int rows);
// The size of the terminal that `fd` is, in characters.
int cprocess_terminal_size(int fd, int *columns, int *rows);

// Opens a descriptor at which `poll` tells the end of `pid`; it names that process for
// ever, whatever becomes of the number.
int cprocess_pidfd_open(pid_t pid);
int cprocess_pidfd_signal(int pidfd, int signal);
// Waits until the process has ended or the milliseconds are over: 1 ended, 0 not yet.
int cprocess_pidfd_wait(int pidfd, int milliseconds);
// Takes the exit status of an ended child: its code, or 128 + n when signal n ended it.
int cprocess_pidfd_exit_code(int pidfd);
// Takes the exit status of an ended process where it is ours, so that no zombie stays.
void cprocess_pidfd_reap(int pidfd);

// MARK: program.c

// Starts a program of the operator's, with the agent's environment, in a process group of its own
// whose number is stored in `pid`, and with no descriptor but `output` as its standard output.
// Returns a pidfd; it is to be reaped.
int cprocess_spawn_program(const char *path, char *const argv[], int output, pid_t *pid);

// MARK: proc.c

struct cprocess_process {
    pid_t pid;
    pid_t parent;
    pid_t group;
    pid_t session;
    char state;
    // Clock ticks from boot to the start of the process: with the pid, and within one boot, unique.
    uint64_t start;
    // Clock ticks of CPU time that it, and those of its children that it waited for, have used.
    uint64_t used;
    // Pages of memory that are resident.
    uint64_t pages;
};

// Reads /proc/PID/stat. -ESRCH when there is no such process.
int cprocess_stat(pid_t pid, struct cprocess_process *out);
// Reads all processes; stores at most `capacity` and returns how many there are.
int cprocess_list(struct cprocess_process *out, int capacity);
// Writes this boot's id (36 characters and NUL) into `out`.
int cprocess_boot_id(char out[37]);
// 1 when the environment that `pid` was started with holds the exact entry `NAME=value`.
int cprocess_environment_has(pid_t pid, const char *entry);

// MARK: record.c

// Replaces the file `name` in the folder `dir` atomically and durably.
int cprocess_write_record(int dir, const char *name, const void *bytes, size_t length);
// Makes `fd` durable as `name`: fsync, rename from `temporary`, fsync of the folder.
int cprocess_publish(int dir, int fd, const char *temporary, const char *name);

// Takes the record lock that tells that a supervisor lives. It ends with the process, whatever
// kills it, and belongs to no child. -EAGAIN when another process has it.
int cprocess_lock_take(int fd);
// The process that holds the lock; 0 for none.
pid_t cprocess_lock_owner(int fd);

// MARK: ports.c

// Takes a port's name on this machine until the descriptor is closed, so that no two workers hand
// out one port. -EADDRINUSE when another has it. The port itself stays free for the container.
int cprocess_port_hold(int port, int udp);
// 0 when a process could bind the port on all addresses. What is left of ended connections counts
// as free only if `past_connections_allowed`.
int cprocess_port_probe(int port, int udp, int past_connections_allowed);

// MARK: limits.c

// The RLIMIT_ number for ECS's ulimit name, such as `nofile`; -EINVAL for an unknown one.
int cprocess_rlimit(const char *name);
// Lets this process open as many files as its hard limit allows. Stores the limits from before.
int cprocess_raise_open_files(int64_t *soft, int64_t *hard);

// MARK: network.c

// Brings loopback up in the network namespace of the thread.
int cprocess_loopback_up(void);
// Leaves nothing but loopback in the network namespace at `path`: every other interface is deleted.
// An error where one that is up can't be.
int cprocess_network_isolate(const char *path);
// 0 when this process may make network namespaces.
int cprocess_network_try(void);

// MARK: mounts.c

struct cprocess_memory_mount {
    int executable, suid, devices, read_only;
    // The file system's own options, such as `size=8m`.
    const char *data;
};

// Mounts an empty tmpfs on a folder.
int cprocess_mount_memory(const char *path, const struct cprocess_memory_mount *mount_options);
// Takes a mount from its folder, also while it is in use.
int cprocess_unmount(const char *path);
// The process that listens at a socket; 0 when it can't be seen from here.
pid_t cprocess_socket_owner(const char *path);

#endif
