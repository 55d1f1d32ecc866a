#define _GNU_SOURCE
#include "cprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int cprocess_terminal_resize(int master, int columns, int rows) {
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = (unsigned short)rows};
    return ioctl(master, TIOCSWINSZ, &size) == 0 ? 0 : -errno;
}

int cprocess_terminal_size(int fd, int *columns, int *rows) {
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0) return -errno;
    *columns = size.ws_col;
    *rows = size.ws_row;
    return 0;
}

int cprocess_terminal(int columns, int rows, int ends[2]) {
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (master < 0) return -errno;
    int slave = -1;
    char name[64];
    int error = grantpt(master) == 0 && unlockpt(master) == 0 ? 0 : errno;
    if (error == 0) error = ptsname_r(master, name, sizeof name);
    if (error == 0) {
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        error = slave >= 0 ? 0 : errno;
    }
    if (error == 0) error = -cprocess_terminal_resize(master, columns, rows);
    if (error != 0) {
        if (slave >= 0) close(slave);
        close(master);
        return -error;
    }
    ends[0] = master;
    ends[1] = slave;
    return 0;
}
