/* Counts a program's heap allocations: preloaded into it, with COUNT_ALLOCATIONS naming a file of
 * two 64-bit numbers, which are the allocations made so far and the blocks that are alive. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static struct counters {
    _Atomic uint64_t made;
    _Atomic int64_t alive;
} nowhere, *counters = &nowhere;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *pointer, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *pointer);

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("COUNT_ALLOCATIONS");
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    if (fd < 0 || ftruncate(fd, sizeof *counters) != 0) _exit(125);
    void *memory = mmap(NULL, sizeof *counters, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (memory == MAP_FAILED) _exit(125);
    close(fd);
    /* A program that runs another has its own count from the start. */
    memset(memory, 0, sizeof *counters);
    counters = memory;
}

static void *made(void *pointer) {
    if (pointer) {
        atomic_fetch_add_explicit(&counters->made, 1, memory_order_relaxed);
        atomic_fetch_add_explicit(&counters->alive, 1, memory_order_relaxed);
    }
    return pointer;
}

void *malloc(size_t size) { return made(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return made(__libc_calloc(count, size)); }

void *realloc(void *pointer, size_t size) {
    void *moved = __libc_realloc(pointer, size);
    if (!pointer) return made(moved);
    if (size == 0) atomic_fetch_sub_explicit(&counters->alive, 1, memory_order_relaxed);
    else if (moved) atomic_fetch_add_explicit(&counters->made, 1, memory_order_relaxed);
    return moved;
}

void *memalign(size_t alignment, size_t size) { return made(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) {
    return made(__libc_memalign(alignment, size));
}

int posix_memalign(void **pointer, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) != 0 || (alignment & (alignment - 1)) != 0) return EINVAL;
    void *memory = made(__libc_memalign(alignment, size));
    if (!memory) return ENOMEM;
    *pointer = memory;
    return 0;
}

void free(void *pointer) {
    if (pointer) atomic_fetch_sub_explicit(&counters->alive, 1, memory_order_relaxed);
    __libc_free(pointer);
}
