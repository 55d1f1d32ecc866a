// The parts of muster-supervisor. Files in the container's folder, all reached through one
// descriptor: `launch` (what to run), `lock` (held while the supervisor lives), `started`, `stop`
// (milliseconds of grace), `exit`, `output.log` and its predecessor `output.log.1`.
#ifndef SUPERVISOR_H
#define SUPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/types.h>

enum { limits_maximum = 17, groups_maximum = 64, cgroups_maximum = 4 };

struct limit {
    const char *name;
    int resource;
    struct rlimit value;
};

// launch.c: what the agent wants run. The strings live in `text`.
struct launch {
    char *text;
    char **arguments;
    char **environment;
    const char *directory;
    bool change_user;
    uid_t uid;
    gid_t gid;
    gid_t groups[groups_maximum];
    size_t group_count;
    struct limit limits[limits_maximum];
    size_t limit_count;
    // Folders of control groups that the container's process joins.
    const char *cgroups[cgroups_maximum];
    size_t cgroup_count;
    // A file with a line `oom_kill N`, or NULL.
    const char *oom_file;
    off_t output_limit;
    int64_t grace_ms;
    // For a container that must not outlive its worker's session: the file that says until when
    // that stands, or NULL, and how much longer this container may live.
    const char *lease_file;
    int64_t lease_extra_ms;
    // Descriptor 0 is a terminal, which becomes the process's own. Of a command only.
    bool terminal;
    // The container's network is a namespace with nothing but loopback.
    bool isolated;
    // That namespace once there is one, for what runs beside the container's process; otherwise 0,
    // and it is made.
    int network;
};

// Reads and takes apart `launch`; 0 or an errno.
int launch_read(int folder, struct launch *launch);

// child.c: the steps of the container's process before its program.
enum stage { stage_setup, stage_limit, stage_network, stage_user, stage_directory, stage_exec };

struct failure {
    enum stage stage;
    int error;
    // Which limit, for stage_limit.
    int index;
};

// Runs in the forked child and never returns: waits for a byte on `go`, then becomes the container.
// A failure goes to `report`; no bytes there mean that the program runs.
_Noreturn void child_run(
    const struct launch *launch, pid_t supervisor, int go, int report, int out, int err);

// What went wrong before the program ran, in a sentence.
void child_describe_failure(
    const struct launch *launch, const struct failure *failure, char *out, size_t size);

// output.c: copies pipes into a file of bounded size with one predecessor, in the form that
// containerd's CRI writes: a line is `TIME STREAM F TEXT`; of one that is longer than a part's
// maximum all parts but the last say P for F.

enum { output_line_maximum = 16 * 1024, output_lines_maximum = 64 * 1024 };

struct output {
    int folder;
    int file;
    off_t size;
    off_t limit;
    // Lines on their way into the file.
    char lines[output_lines_maximum];
    size_t used;
};

// `stdout` or `stderr` of the container.
struct output_stream {
    const char *name;
    int pipe;
    // The line that has not ended yet.
    char line[output_line_maximum];
    size_t held;
};

bool output_open(struct output *output, int folder);
bool output_stream_open(struct output_stream *stream, const char *name, int *write_end);
// Copies what is there now; closes the pipe at its end.
void output_copy(struct output *output, struct output_stream *stream);
// Nothing more comes: what is held of a line is written, as a line.
void output_end(struct output *output, struct output_stream *stream);

// lease.c: until when the worker's agent is surely heard by its manager.
int lease_open(const char *path);
// Milliseconds of CLOCK_BOOTTIME; 0 when it can't be told.
int64_t lease_read(int lease);

// remains.c: processes that the container leaves behind.

// SIGKILLs every child of this process; returns how many there were.
int remains_kill_children(void);
// SIGKILLs every child of this process (a subreaper, so orphans of the container come here) and
// every member of its control groups.
void remains_kill(const struct launch *launch);
void remains_remove_cgroups(const struct launch *launch);
bool remains_out_of_memory(const struct launch *launch);

// check.c: runs one health check of a container that another supervisor looks after.

enum check_result { check_passed, check_failed, check_timed_out, check_container_ended };

// `--check FOLDER TIMEOUT_MS PID START PROGRAM [ARGUMENT...]`; PID and START name the container's
// process. The exit code is a `check_result`.
int check_main(int argc, char **argv);

// What a runner beside the container's own supervisor has in common: checks and commands.

int64_t runner_now_ms(void);
// A pidfd of the container's process, or -1 when the number has passed to another one.
int runner_open_container(const char *pid, const char *start);
// Has `launch` run in the network of that process; false when it is gone.
bool runner_join_network(struct launch *launch, const char *pid, const char *start);
// Starts the program with these descriptors as its output and errors; -1 when that can't be. A
// failure before the program runs comes out of `report` if that is not NULL.
pid_t runner_begin(struct launch *launch, int out, int err, int *report);
// Ends the program's group and every orphan of it.
void runner_clean_up(pid_t pid);

// exec.c: runs one command that someone asked for in a container.

// `--exec FOLDER PID START TERM PROGRAM [ARGUMENT...]`; TERM is empty where there is no terminal.
// The exit code is the command's own, 128 + n for signal n; 126 and 127 with a sentence on
// descriptor 2 when it could not be run.
int exec_main(int argc, char **argv);

#endif
