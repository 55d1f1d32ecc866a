/* The practical limit: one thread, epoll, nghttp2 and protobuf-c, and nothing between them.
 *
 * Serves Protos/bench/v1/bench.proto without TLS, just well enough for well-behaved clients: it is
 * a measure, not a product. It ends when its standard input does. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "service.h"

enum { INPUT_SIZE = 64 << 10, OUTPUT_SIZE = 64 << 10, EVENTS = 256 };

static int poller;
static uint8_t input[INPUT_SIZE];
static uint8_t output[OUTPUT_SIZE];

static void watch(int fd, uint32_t events, void *data, int operation) {
    struct epoll_event event = {.events = events, .data.ptr = data};
    if (epoll_ctl(poller, operation, fd, &event) != 0) {
        perror("epoll_ctl");
        exit(1);
    }
}

static void close_connection(connection *c) {
    close(c->fd);
    service_close(c);
}

/* Writes what waits; keeps what the kernel does not take. Returns 0 when the connection is over. */
static int write_bytes(connection *c, const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = send(c->fd, bytes, count, MSG_NOSIGNAL);
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno != EAGAIN) return 0;
        if (written < 0) {
            uint8_t *kept = malloc(count);
            if (!kept) return 0;
            memcpy(kept, bytes, count);
            c->kept = kept;
            c->kept_count = count;
            watch(c->fd, EPOLLIN | EPOLLOUT, c, EPOLL_CTL_MOD);
            return 1;
        }
        bytes += written;
        count -= (size_t)written;
    }
    return 1;
}

/* One write for all that one read brought about. */
int flush_connection(connection *c) {
    while (!c->kept) {
        size_t count = 0;
        /* A frame of 16 KB and its header must always fit. */
        while (count + (17 << 10) < OUTPUT_SIZE) {
            const uint8_t *bytes;
            ssize_t n = nghttp2_session_mem_send(c->session, &bytes);
            if (n < 0) return 0;
            if (n == 0) break;
            memcpy(output + count, bytes, (size_t)n);
            count += (size_t)n;
        }
        if (count == 0) break;
        if (!write_bytes(c, output, count)) return 0;
    }
    return nghttp2_session_want_read(c->session) || nghttp2_session_want_write(c->session);
}

static int serve_connection(connection *c, uint32_t events) {
    if (events & EPOLLOUT && c->kept) {
        uint8_t *kept = c->kept;
        size_t count = c->kept_count;
        c->kept = NULL;
        int open = write_bytes(c, kept, count);
        free(kept);
        if (!open) return 0;
        if (!c->kept) watch(c->fd, EPOLLIN, c, EPOLL_CTL_MOD);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t n = read(c->fd, input, INPUT_SIZE);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) return 0;
        if (n > 0 && nghttp2_session_mem_recv(c->session, input, (size_t)n) < 0) return 0;
    }
    return flush_connection(c);
}

static void accept_connections(int listener) {
    for (;;) {
        int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connection *c = service_open(fd);
        if (!c) {
            close(fd);
            continue;
        }
        watch(fd, EPOLLIN, c, EPOLL_CTL_ADD);
        if (!flush_connection(c)) close_connection(c);
    }
}

static int listen_on_loopback(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4096) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        perror("listen");
        exit(1);
    }
    printf("listening %d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(void) {
    poller = epoll_create1(EPOLL_CLOEXEC);
    if (poller < 0 || !service_start()) return 1;
    int listener = listen_on_loopback();
    watch(listener, EPOLLIN, &listener, EPOLL_CTL_ADD);
    watch(STDIN_FILENO, EPOLLIN, NULL, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event events[EVENTS];
        int count = epoll_wait(poller, events, EVENTS, -1);
        if (count < 0 && errno != EINTR) return 1;
        for (int i = 0; i < count; i++) {
            void *who = events[i].data.ptr;
            if (!who) {
                char byte;
                if (read(STDIN_FILENO, &byte, 1) <= 0) return 0;
            } else if (who == &listener) {
                accept_connections(listener);
            } else if (!serve_connection(who, events[i].events)) {
                close_connection(who);
            }
        }
        service_flush_pushed();
    }
}
