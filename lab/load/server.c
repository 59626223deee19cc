/* server PORT...: answers each request of 4 bytes, a number, with as many bytes, over TCP and IPv4. A process for each
 * port. It prints a line when it listens.
 */
#include "sockets.h"
#include <sys/prctl.h>

struct connection {
    uint32_t left; /* bytes of the answer that are still to go */
    int header;    /* bytes of the request that are here */
    uint8_t request[4];
};

static struct connection connections[MAX_FDS];

static void answer(int fd) {
    struct connection *c = &connections[fd];
    uint32_t before = c->left;
    while (c->left > 0) {
        ssize_t sent = write(fd, buffer, c->left < MAX_SIZE ? c->left : MAX_SIZE);
        if (sent <= 0) break;
        c->left -= sent;
    }
    if (c->left > 0 || before != c->left) watch(fd, c->left > 0 ? EPOLLOUT : EPOLLIN, EPOLL_CTL_MOD);
}

static void take(int fd) {
    struct connection *c = &connections[fd];
    ssize_t got = read(fd, c->request + c->header, 4 - c->header);
    if (got == 0 || (got < 0 && errno != EAGAIN)) {
        close_by(fd, got < 0);
        return;
    }
    if (got > 0) c->header += got;
    if (c->header < 4) return;
    c->header = 0;
    memcpy(&c->left, c->request, 4);
    c->left = ntohl(c->left);
    if (c->left < 2 && write(fd, buffer, c->left) == (ssize_t)c->left) c->left = 0;
    else answer(fd);
}

static int listen_at(const char *port) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (void *)&address, sizeof address) < 0 || listen(fd, 65535) < 0) die("listen");
    return fd;
}

static void serve(int listener) {
    struct epoll_event events[MAX_EVENTS];
    poller = epoll_create1(0);
    watch(listener, EPOLLIN, EPOLL_CTL_ADD);
    for (;;) {
        int ready = epoll_wait(poller, events, MAX_EVENTS, -1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                for (int new; (new = accept4(fd, 0, 0, SOCK_NONBLOCK)) >= 0;) {
                    if (new >= MAX_FDS) die("too many connections");
                    connections[new] = (struct connection){0};
                    send_at_once(new);
                    watch(new, EPOLLIN, EPOLL_CTL_ADD);
                }
            } else if (events[i].events & EPOLLOUT) answer(fd);
            else take(fd);
        }
    }
}

static void serve_all(int count, char **ports) {
    for (int i = 0; i < count; i++) {
        int listener = listen_at(ports[i]);
        if (fork() > 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(listener);
    }
}

int main(int count, char **arguments) {
    raise_limit();
    signal(SIGPIPE, SIG_IGN);
    serve_all(count - 1, arguments + 1);
    puts("{}");
    fflush(stdout);
    for (;;) pause();
}
