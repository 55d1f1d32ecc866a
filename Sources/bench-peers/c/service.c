#include "service.h"

#include <arpa/inet.h>
#include <protobuf-c/protobuf-c.h>
#include <stddef.h>
#include <stdlib.h>

#include "bench/v1/bench.pb-c.h"

typedef Muster__Bench__V1__HeartbeatRequest HeartbeatRequest;
typedef Muster__Bench__V1__HeartbeatResponse HeartbeatResponse;
typedef Muster__Bench__V1__AssignmentsRequest AssignmentsRequest;
typedef Muster__Bench__V1__Assignment Assignment;
typedef Muster__Bench__V1__PushResponse PushResponse;

enum { PREFIX = 5, ANSWER_SIZE = 64, ASSIGNMENT_SIZE = 64, REQUEST_MAXIMUM = 1 << 20 };

typedef enum { UNKNOWN, HEARTBEAT, ASSIGNMENTS, PUSH } method;

struct stream {
    int32_t id;
    connection *owner;
    /* Of the connection's streams, or of the free ones. */
    stream *next, *previous;
    /* Of the held ones of all connections. */
    stream *next_held, *previous_held;
    method method;
    int is_answered, is_held, is_deferred;
    /* A request that came in pieces. */
    uint8_t *request;
    size_t request_count;
    /* Assignments: how many are still to be sent, and the next one's revision. */
    uint64_t left, revision;
    uint8_t answer[ANSWER_SIZE];
    size_t answer_count, answer_sent;
};

static nghttp2_session_callbacks *callbacks;
static nghttp2_option *options;
static stream *free_streams;
static stream *held;
static connection *pushed;
static uint64_t push_revision;

/* Memory of one decoded message: allocating moves on, and all of it is free after the call. */
static _Alignas(16) uint8_t arena[64 << 10];
static size_t arena_used;

static void *arena_allocate(void *data, size_t size) {
    (void)data;
    size = (size + 15) & ~(size_t)15;
    if (size > sizeof arena - arena_used) return NULL;
    void *memory = arena + arena_used;
    arena_used += size;
    return memory;
}

static void arena_free(void *data, void *pointer) {
    (void)data;
    (void)pointer;
}

static ProtobufCAllocator allocator = {.alloc = arena_allocate, .free = arena_free};

#define FIELD(n, v)                                                                              \
    {(uint8_t *)n, (uint8_t *)v, sizeof n - 1, sizeof v - 1,                                     \
     NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE}

static const nghttp2_nv headers[] = {
    FIELD(":status", "200"), FIELD("content-type", "application/grpc")};
static const nghttp2_nv ok_trailers[] = {FIELD("grpc-status", "0")};
static const nghttp2_nv invalid[] = {
    FIELD(":status", "200"), FIELD("content-type", "application/grpc"), FIELD("grpc-status", "3")};
static const nghttp2_nv unimplemented[] = {
    FIELD(":status", "200"), FIELD("content-type", "application/grpc"), FIELD("grpc-status", "12")};

static void write_prefix(uint8_t *at, size_t count) {
    uint32_t length = htonl((uint32_t)count);
    at[0] = 0;
    memcpy(at + 1, &length, sizeof length);
}

/* Encodes the next assignment with its prefix. */
static size_t write_assignment(stream *s, uint8_t *at) {
    uint64_t task[2] = {s->revision, ~s->revision};
    Assignment message;
    muster__bench__v1__assignment__init(&message);
    message.revision = s->revision++;
    message.task = (ProtobufCBinaryData){sizeof task, (uint8_t *)task};
    message.family = "front-end";
    message.desired = 1;
    size_t count = muster__bench__v1__assignment__pack(&message, at + PREFIX);
    write_prefix(at, count);
    return PREFIX + count;
}

static ssize_t finish(nghttp2_session *session, stream *s, size_t count, uint32_t *flags) {
    *flags |= NGHTTP2_DATA_FLAG_EOF | NGHTTP2_DATA_FLAG_NO_END_STREAM;
    nghttp2_submit_trailer(session, s->id, ok_trailers, 1);
    return (ssize_t)count;
}

static ssize_t read_answer(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t size,
                           uint32_t *flags, nghttp2_data_source *source, void *data) {
    (void)id, (void)data;
    stream *s = source->ptr;
    size_t count = s->answer_count - s->answer_sent;
    if (count > size) count = size;
    memcpy(buffer, s->answer + s->answer_sent, count);
    s->answer_sent += count;
    if (s->answer_sent < s->answer_count) return (ssize_t)count;
    return finish(session, s, count, flags);
}

/* Assignments are encoded where they are sent from. One that the rest of a window splits is sent in
 * two parts. */
static ssize_t read_assignments(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t size,
                                uint32_t *flags, nghttp2_data_source *source, void *data) {
    (void)id, (void)data;
    stream *s = source->ptr;
    size_t count = 0;
    for (;;) {
        size_t kept = s->answer_count - s->answer_sent;
        if (kept > 0) {
            size_t part = kept < size - count ? kept : size - count;
            memcpy(buffer + count, s->answer + s->answer_sent, part);
            s->answer_sent += part;
            count += part;
            if (part < kept) return (ssize_t)count;
        }
        if (s->left == 0) break;
        if (size - count >= ASSIGNMENT_SIZE) {
            count += write_assignment(s, buffer + count);
        } else if (size == count) {
            return (ssize_t)count;
        } else {
            s->answer_count = write_assignment(s, s->answer);
            s->answer_sent = 0;
        }
        s->left--;
    }
    if (!s->is_held) return finish(session, s, count, flags);
    if (count > 0) return (ssize_t)count;
    s->is_deferred = 1;
    return NGHTTP2_ERR_DEFERRED;
}

static void respond(stream *s, nghttp2_data_source_read_callback read) {
    nghttp2_data_provider provider = {.source.ptr = s, .read_callback = read};
    nghttp2_submit_response(s->owner->session, s->id, headers, 2, &provider);
}

static void fail(stream *s, const nghttp2_nv *fields) {
    nghttp2_submit_response(s->owner->session, s->id, fields, 3, NULL);
}

static void answer_heartbeat(stream *s, const uint8_t *bytes, size_t count) {
    HeartbeatRequest *request =
        muster__bench__v1__heartbeat_request__unpack(&allocator, count, bytes);
    if (!request) return fail(s, invalid);
    HeartbeatResponse answer;
    muster__bench__v1__heartbeat_response__init(&answer);
    answer.sequence = request->sequence;
    for (size_t i = 0; i < request->n_containers; i++)
        if (request->containers[i]->state ==
            MUSTER__BENCH__V1__CONTAINER_STATUS__STATE__STATE_RUNNING)
            answer.running++;
    count = muster__bench__v1__heartbeat_response__pack(&answer, s->answer + PREFIX);
    write_prefix(s->answer, count);
    s->answer_count = PREFIX + count;
    respond(s, read_answer);
}

static void hold(stream *s) {
    s->is_held = 1;
    s->next_held = held;
    s->previous_held = NULL;
    if (held) held->previous_held = s;
    held = s;
}

static void release(stream *s) {
    if (s->previous_held) s->previous_held->next_held = s->next_held;
    else held = s->next_held;
    if (s->next_held) s->next_held->previous_held = s->previous_held;
}

static void answer_assignments(stream *s, const uint8_t *bytes, size_t count) {
    AssignmentsRequest *request =
        muster__bench__v1__assignments_request__unpack(&allocator, count, bytes);
    if (!request) return fail(s, invalid);
    if (request->hold) hold(s);
    else s->left = request->count;
    respond(s, read_assignments);
}

static void answer_push(stream *s) {
    PushResponse answer;
    muster__bench__v1__push_response__init(&answer);
    push_revision++;
    for (stream *h = held; h; h = h->next_held) {
        answer.streams++;
        h->revision = push_revision;
        h->left++;
        if (h->is_deferred) {
            h->is_deferred = 0;
            nghttp2_session_resume_data(h->owner->session, h->id);
        }
        if (!h->owner->is_pushed) {
            h->owner->is_pushed = 1;
            h->owner->next_pushed = pushed;
            pushed = h->owner;
        }
    }
    size_t count = muster__bench__v1__push_response__pack(&answer, s->answer + PREFIX);
    write_prefix(s->answer, count);
    s->answer_count = PREFIX + count;
    respond(s, read_answer);
}

static void answer(stream *s, const uint8_t *bytes, size_t count) {
    s->is_answered = 1;
    arena_used = 0;
    switch (s->method) {
    case HEARTBEAT: return answer_heartbeat(s, bytes, count);
    case ASSIGNMENTS: return answer_assignments(s, bytes, count);
    case PUSH: return answer_push(s);
    case UNKNOWN: return fail(s, unimplemented);
    }
}

/* The bytes of a message, if that is all there is. */
static int is_whole(const uint8_t *bytes, size_t count) {
    uint32_t length;
    if (count < PREFIX || bytes[0] != 0) return 0;
    memcpy(&length, bytes + 1, sizeof length);
    return ntohl(length) == count - PREFIX;
}

static int on_begin_headers(nghttp2_session *session, const nghttp2_frame *frame, void *data) {
    connection *c = data;
    if (frame->hd.type != NGHTTP2_HEADERS || frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
    stream *s = free_streams;
    if (s) free_streams = s->next;
    else if (!(s = malloc(sizeof *s))) return NGHTTP2_ERR_CALLBACK_FAILURE;
    memset(s, 0, offsetof(stream, answer));
    s->answer_count = s->answer_sent = 0;
    s->id = frame->hd.stream_id;
    s->owner = c;
    s->next = c->streams;
    if (c->streams) c->streams->previous = s;
    c->streams = s;
    return nghttp2_session_set_stream_user_data(session, s->id, s);
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_count, const uint8_t *value, size_t value_count, uint8_t flags,
                     void *data) {
    (void)flags, (void)data;
    static const char *paths[] = {NULL, "/muster.bench.v1.Bench/Heartbeat",
                                  "/muster.bench.v1.Bench/Assignments",
                                  "/muster.bench.v1.Bench/Push"};
    if (name_count != 5 || memcmp(name, ":path", 5) != 0) return 0;
    stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    for (int i = HEARTBEAT; s && i <= PUSH; i++)
        if (strlen(paths[i]) == value_count && memcmp(paths[i], value, value_count) == 0)
            s->method = (method)i;
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *bytes,
                   size_t count, void *data) {
    (void)flags, (void)data;
    stream *s = nghttp2_session_get_stream_user_data(session, id);
    if (!s || s->is_answered) return 0;
    /* In place, if it came in one piece. */
    if (!s->request && is_whole(bytes, count)) {
        answer(s, bytes + PREFIX, count - PREFIX);
        return 0;
    }
    if (s->request_count + count > REQUEST_MAXIMUM) return NGHTTP2_ERR_CALLBACK_FAILURE;
    uint8_t *request = realloc(s->request, s->request_count + count);
    if (!request) return NGHTTP2_ERR_CALLBACK_FAILURE;
    memcpy(request + s->request_count, bytes, count);
    s->request = request;
    s->request_count += count;
    return 0;
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *data) {
    (void)data;
    if (!(frame->hd.flags & NGHTTP2_FLAG_END_STREAM)) return 0;
    if (frame->hd.type != NGHTTP2_DATA && frame->hd.type != NGHTTP2_HEADERS) return 0;
    stream *s = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    if (!s || s->is_answered) return 0;
    if (is_whole(s->request, s->request_count))
        answer(s, s->request + PREFIX, s->request_count - PREFIX);
    else fail(s, invalid);
    return 0;
}

static void forget(stream *s) {
    if (s->is_held) release(s);
    if (s->previous) s->previous->next = s->next;
    else s->owner->streams = s->next;
    if (s->next) s->next->previous = s->previous;
    free(s->request);
    s->next = free_streams;
    free_streams = s;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *data) {
    (void)code, (void)data;
    stream *s = nghttp2_session_get_stream_user_data(session, id);
    if (s) forget(s);
    return 0;
}

int service_start(void) {
    if (nghttp2_session_callbacks_new(&callbacks) != 0) return 0;
    if (nghttp2_option_new(&options) != 0) return 0;
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, on_begin_headers);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    return 1;
}

connection *service_open(int fd) {
    connection *c = calloc(1, sizeof *c);
    if (!c) return NULL;
    c->fd = fd;
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, 128}};
    if (nghttp2_session_server_new2(&c->session, callbacks, c, options) != 0 ||
        nghttp2_submit_settings(c->session, NGHTTP2_FLAG_NONE, settings, 1) != 0) {
        free(c);
        return NULL;
    }
    return c;
}

void service_close(connection *c) {
    while (c->streams) forget(c->streams);
    for (connection **p = &pushed; c->is_pushed && *p; p = &(*p)->next_pushed)
        if (*p == c) {
            *p = c->next_pushed;
            break;
        }
    nghttp2_session_set_user_data(c->session, NULL);
    nghttp2_session_del(c->session);
    free(c->kept);
    free(c);
}

void service_flush_pushed(void) {
    while (pushed) {
        connection *c = pushed;
        pushed = c->next_pushed;
        c->is_pushed = 0;
        /* One that is over is noticed by its next read. */
        flush_connection(c);
    }
}
