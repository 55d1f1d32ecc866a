#include <nghttp2/nghttp2.h>

/* Two defences came with security updates that kept the library's version number. They are looked
   up weakly, so that the program also links and runs where they are absent. Each returns whether it
   was there. */

extern void nghttp2_option_set_stream_reset_rate_limit(
    nghttp2_option *option, uint64_t burst, uint64_t rate) __attribute__((weak));
extern void nghttp2_option_set_max_continuations(
    nghttp2_option *option, size_t val) __attribute__((weak));

static inline int muster_nghttp2_set_reset_rate(
    nghttp2_option *option, uint64_t burst, uint64_t rate) {
    if (!nghttp2_option_set_stream_reset_rate_limit) return 0;
    nghttp2_option_set_stream_reset_rate_limit(option, burst, rate);
    return 1;
}

static inline int muster_nghttp2_set_max_continuations(nghttp2_option *option, size_t maximum) {
    if (!nghttp2_option_set_max_continuations) return 0;
    nghttp2_option_set_max_continuations(option, maximum);
    return 1;
}

/* NGHTTP2_ERR_TOO_MANY_CONTINUATIONS came with the second of them. */
#define MUSTER_NGHTTP2_ERR_TOO_MANY_CONTINUATIONS (-905)
