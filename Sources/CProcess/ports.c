#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int cprocess_port_hold(int port, int udp) {
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    // An abstract name (first byte 0): its scope is the network namespace, as a port's is, and it
    // goes with its holder.
    int length = snprintf(
        name.sun_path + 1, sizeof name.sun_path - 1, "muster-port-%s-%d", udp ? "udp" : "tcp",
        port);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)length);
    if (bind(fd, (struct sockaddr *)&name, size) == 0) return fd;
    int error = errno;
    close(fd);
    return -error;
}

int cprocess_port_probe(int port, int udp, int past_connections_allowed) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = INADDR_ANY};
    int fd = socket(AF_INET, (udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    int error = 0;
    if (past_connections_allowed && !udp
        && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int)) != 0)
        error = errno;
    if (error == 0 && bind(fd, (struct sockaddr *)&address, sizeof address) != 0) error = errno;
    close(fd);
    return -error;
}
