/* The calls of one connection: what nghttp2 calls back with, and protobuf-c's messages. */
#ifndef BENCH_SERVICE_H
#define BENCH_SERVICE_H

#include <nghttp2/nghttp2.h>
#include <stdint.h>
#include <string.h>

typedef struct stream stream;

typedef struct connection {
    int fd;
    nghttp2_session *session;
    /* Bytes that the kernel did not take; while there are any, nothing more is made. */
    uint8_t *kept;
    size_t kept_count;
    stream *streams;
    /* Has output that did not come about by reading. */
    int is_pushed;
    struct connection *next_pushed;
} connection;

int service_start(void);
connection *service_open(int fd);
void service_close(connection *c);
/* Writes to the connections that a Push reached. */
void service_flush_pushed(void);

/* Of the loop. Returns 0 when the connection is over. */
int flush_connection(connection *c);

#endif
