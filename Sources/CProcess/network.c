// Network namespaces with nothing but loopback.
#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int cprocess_loopback_up(void) {
    int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (sock < 0) return -errno;
    struct ifreq request = {.ifr_name = "lo"};
    int error = 0;
    if (ioctl(sock, SIOCGIFFLAGS, &request) != 0) error = -errno;
    request.ifr_flags |= IFF_UP;
    if (error == 0 && ioctl(sock, SIOCSIFFLAGS, &request) != 0) error = -errno;
    close(sock);
    return error;
}

// 0, or what the kernel says against it.
static int delete_link(int netlink, unsigned index) {
    struct {
        struct nlmsghdr header;
        struct ifinfomsg link;
    } request = {
        .header = {
            .nlmsg_len = sizeof request,
            .nlmsg_type = RTM_DELLINK,
            .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK,
        },
        .link = {.ifi_family = AF_UNSPEC, .ifi_index = (int)index},
    };
    if (send(netlink, &request, sizeof request, 0) != sizeof request) return -errno;
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char rest[512];
    } answer;
    ssize_t count = recv(netlink, &answer, sizeof answer, 0);
    if (count < (ssize_t)(sizeof answer.header + sizeof answer.error)) return -EIO;
    return answer.header.nlmsg_type == NLMSG_ERROR ? answer.error.error : -EIO;
}

// What the kernel makes by itself in each namespace, such as `tunl0`, can't be deleted: it leads
// nowhere while it is down.
static int is_up(int sock, const char *name) {
    struct ifreq request = {0};
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    return ioctl(sock, SIOCGIFFLAGS, &request) != 0 || (request.ifr_flags & IFF_UP) != 0;
}

static int delete_links(int netlink) {
    struct if_nameindex *links = if_nameindex();
    if (links == NULL) return -errno;
    int error = 0;
    for (struct if_nameindex *link = links; link->if_index != 0; link++) {
        if (strcmp(link->if_name, "lo") == 0) continue;
        int refused = delete_link(netlink, link->if_index);
        // One of a pair may have taken the other with it.
        if (refused != 0 && refused != -ENODEV && is_up(netlink, link->if_name)) error = refused;
    }
    if_freenameindex(links);
    return error;
}

static int isolate(int namespace) {
    if (setns(namespace, CLONE_NEWNET) != 0) return -errno;
    int netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (netlink < 0) return -errno;
    int error = delete_links(netlink);
    close(netlink);
    return error != 0 ? error : cprocess_loopback_up();
}

struct job {
    int namespace;
    int error;
};

static void *isolate_in_thread(void *argument) {
    struct job *job = argument;
    job->error = isolate(job->namespace);
    return NULL;
}

static void *unshare_in_thread(void *argument) {
    struct job *job = argument;
    job->error = unshare(CLONE_NEWNET) == 0 ? cprocess_loopback_up() : -errno;
    return NULL;
}

// A namespace is a thread's: this one ends, and nothing of the process has moved.
static int in_thread(void *(*work)(void *), struct job *job) {
    pthread_t thread;
    int error = pthread_create(&thread, NULL, work, job);
    if (error != 0) return -error;
    pthread_join(thread, NULL);
    return job->error;
}

int cprocess_network_isolate(const char *path) {
    struct job job = {.namespace = open(path, O_RDONLY | O_CLOEXEC)};
    if (job.namespace < 0) return -errno;
    int error = in_thread(isolate_in_thread, &job);
    close(job.namespace);
    return error;
}

int cprocess_network_try(void) {
    struct job job = {0};
    return in_thread(unshare_in_thread, &job);
}
