// Folders in memory.
#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int cprocess_mount_memory(const char *path, const struct cprocess_memory_mount *mount_options) {
    unsigned long flags = 0;
    if (!mount_options->executable) flags |= MS_NOEXEC;
    if (!mount_options->suid) flags |= MS_NOSUID;
    if (!mount_options->devices) flags |= MS_NODEV;
    if (mount_options->read_only) flags |= MS_RDONLY;
    return mount("tmpfs", path, "tmpfs", flags, mount_options->data) == 0 ? 0 : -errno;
}

int cprocess_unmount(const char *path) {
    return umount2(path, MNT_DETACH | UMOUNT_NOFOLLOW) == 0 ? 0 : -errno;
}

pid_t cprocess_socket_owner(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) return -ENAMETOOLONG;
    strcpy(address.sun_path, path);
    int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (sock < 0) return -errno;
    struct ucred owner = {0};
    socklen_t size = sizeof owner;
    pid_t result;
    if (connect(sock, (struct sockaddr *)&address, sizeof address) != 0
        || getsockopt(sock, SOL_SOCKET, SO_PEERCRED, &owner, &size) != 0)
        result = -errno;
    else
        result = owner.pid;
    close(sock);
    return result;
}
