/* client HOST PORT...: TCP connections in any number, over IPv4, to servers of server.c, by turns. Does what the lines of its
 * input say, and answers each with a line of JSON; times are in microseconds.
 *
 *   open COUNT                      opens more connections and keeps them
 *   exchange SECONDS WIDTH SIZE     WIDTH requests for SIZE bytes at a time, on all kept connections by turns
 *   pace MILLISECONDS               one request on each kept connection in this time, once at least, until an empty line
 *   rate SECONDS WIDTH reset|fin    connects, asks for a byte and closes, WIDTH at a time
 *   close                           closes what is kept
 */
#include "sockets.h"
#include <poll.h>
#include <time.h>

enum { MAX_SAMPLES = 1 << 22 };
/* Seconds after which a connection that does not get on is given up. */
static const double PATIENCE = 5;
/* Seconds from which an answer counts as stalled. */
static const double STALL = 0.1;

struct connection {
    enum { NONE, CONNECTING, IDLE, WAITING } state;
    uint32_t left; /* bytes of the answer that are still to come */
    double since;
};

static struct connection connections[MAX_FDS];
static float samples[MAX_SAMPLES]; /* microseconds */
static long sample_count, errors, stalls;
static double worst;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void drop(int fd, int reset) {
    close_by(fd, reset);
    connections[fd].state = NONE;
}

static struct sockaddr_in *servers;
static int server_count, next_server;
static int *kept, kept_count;

static int start(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    if (fd < 0 || fd >= MAX_FDS) die("socket");
    send_at_once(fd);
    struct sockaddr_in *server = &servers[next_server++ % server_count];
    if (connect(fd, (void *)server, sizeof *server) < 0 && errno != EINPROGRESS) {
        errors++;
        close(fd);
        return -1;
    }
    connections[fd] = (struct connection){.state = CONNECTING, .since = now()};
    watch(fd, EPOLLOUT, EPOLL_CTL_ADD);
    return fd;
}

static int ask(int fd, uint32_t size, double since) {
    uint32_t request = htonl(size);
    connections[fd].state = WAITING;
    connections[fd].left = size;
    connections[fd].since = since;
    return write(fd, &request, 4) == 4;
}

static void sample(double seconds) {
    if (sample_count < MAX_SAMPLES) samples[sample_count] = seconds * 1e6;
    sample_count++;
    if (seconds > worst) worst = seconds;
    if (seconds > STALL) stalls++;
}

/* What an event made of a connection. */
enum news { NOTHING, CONNECTED, ANSWERED, FAILED };

static enum news look(struct epoll_event *event) {
    int fd = event->data.fd;
    struct connection *c = &connections[fd];
    if (c->state == CONNECTING) {
        if (event->events & (EPOLLERR | EPOLLHUP)) return FAILED;
        watch(fd, EPOLLIN, EPOLL_CTL_MOD);
        c->state = IDLE;
        return CONNECTED;
    }
    for (;;) {
        ssize_t got = read(fd, buffer, MAX_SIZE);
        if (got < 0 && errno == EAGAIN) return NOTHING;
        if (got <= 0 || c->state != WAITING || (size_t)got > c->left) return FAILED;
        c->left -= got;
        if (c->left == 0) {
            c->state = IDLE;
            return ANSWERED;
        }
    }
}

static int ascending(const void *a, const void *b) {
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static void begin(void) { sample_count = errors = stalls = worst = 0; }

static void report(double seconds) {
    long held = sample_count < MAX_SAMPLES ? sample_count : MAX_SAMPLES;
    qsort(samples, held, sizeof *samples, ascending);
    printf("{\"count\":%ld,\"seconds\":%.6f,\"errors\":%ld,\"kept\":%d,\"p50\":%.1f,\"p99\":%.1f,\"worst\":%.1f,"
           "\"stalls\":%ld}\n",
           sample_count, seconds, errors, kept_count, held ? samples[held / 2] : 0.0,
           held ? samples[held - 1 - held / 100] : 0.0, worst * 1e6, stalls);
    fflush(stdout);
}

/* Connections that have been on their way for too long; `end` is called for each. */
static void give_up(void (*end)(int fd)) {
    double limit = now() - PATIENCE;
    for (int fd = 0; fd < MAX_FDS; fd++) {
        int state = connections[fd].state;
        if ((state == CONNECTING || state == WAITING) && connections[fd].since < limit) end(fd);
    }
}

static int live;
static void end_live(int fd) {
    errors++;
    drop(fd, 1);
    live--;
}

static void rate(double seconds, int width, int reset) {
    struct epoll_event events[MAX_EVENTS];
    double started = now(), looked = started;
    begin();
    live = 0;
    for (double time = started; time - started < seconds; time = now()) {
        while (live < width && start() >= 0) live++;
        int ready = epoll_wait(poller, events, MAX_EVENTS, 20);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            enum news news = look(&events[i]);
            if (news == CONNECTED && !ask(fd, 1, connections[fd].since)) news = FAILED;
            if (news == ANSWERED) {
                sample(now() - connections[fd].since);
                drop(fd, reset);
                live--;
            } else if (news == FAILED) end_live(fd);
        }
        if (time - looked > 1) give_up(end_live), looked = time;
    }
    double took = now() - started;
    for (int fd = 0; live > 0 && fd < MAX_FDS; fd++)
        if (connections[fd].state == CONNECTING || connections[fd].state == WAITING) drop(fd, 1), live--;
    report(took);
}

static void open_more(int count) {
    struct epoll_event events[MAX_EVENTS];
    double started = now(), looked = started;
    int wanted = kept_count + count;
    begin();
    live = 0;
    kept = realloc(kept, wanted * sizeof *kept);
    while (kept_count < wanted && errors < count) {
        while (live < 64 && kept_count + live < wanted && start() >= 0) live++;
        int ready = epoll_wait(poller, events, MAX_EVENTS, 20);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            if (connections[fd].state != CONNECTING) continue;
            if (look(&events[i]) == CONNECTED) {
                sample(now() - connections[fd].since);
                kept[kept_count++] = fd;
                live--;
            } else end_live(fd);
        }
        if (now() - looked > 1) give_up(end_live), looked = now();
    }
    report(now() - started);
}

static void forget(int fd) {
    errors++;
    drop(fd, 1);
    for (int i = 0; i < kept_count; i++)
        if (kept[i] == fd) kept[i] = kept[--kept_count];
}

static void exchange(double seconds, int width, uint32_t size) {
    struct epoll_event events[MAX_EVENTS];
    double started = now();
    int turn = 0;
    begin();
    if (width > kept_count) width = kept_count;
    for (int asked = 0; asked < width && kept_count > 0; asked++) ask(kept[turn++ % kept_count], size, now());
    for (double time = started; time - started < seconds; time = now()) {
        int ready = epoll_wait(poller, events, MAX_EVENTS, 20);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            enum news news = look(&events[i]);
            if (news == NOTHING) continue;
            if (news == ANSWERED) sample(now() - connections[fd].since);
            else forget(fd);
            if (kept_count == 0) break;
            int next = kept[turn++ % kept_count];
            if (connections[next].state == IDLE) ask(next, size, now());
            else if (news == ANSWERED) ask(fd, size, now());
        }
    }
    double took = now() - started;
    /* The answers that are still out belong to nobody's next question. */
    for (double end = now() + PATIENCE; now() < end;) {
        int ready = epoll_wait(poller, events, MAX_EVENTS, 50);
        if (ready == 0) break;
        for (int i = 0; i < ready; i++)
            if (look(&events[i]) == FAILED) forget(events[i].data.fd);
    }
    report(took);
}

static int more_input(void) {
    struct pollfd input = {.fd = 0, .events = POLLIN};
    return poll(&input, 1, 0) > 0;
}

static void pace(double period) {
    struct epoll_event events[MAX_EVENTS];
    double started = now(), told = 0;
    long asked = 0, count = kept_count;
    begin();
    for (;;) {
        double time = now();
        int more = asked >= count && more_input();
        for (; !more && count > 0 && time - started >= asked * period / count; asked++) {
            int fd = kept_count > 0 ? kept[asked % kept_count] : -1;
            /* Who still waits is not asked again: its one answer is as late as it is. */
            if (fd >= 0 && connections[fd].state == IDLE) ask(fd, 1, started + asked * period / count);
        }
        int ready = epoll_wait(poller, events, MAX_EVENTS, more ? 200 : 1);
        for (int i = 0; i < ready; i++) {
            int fd = events[i].data.fd;
            enum news news = look(&events[i]);
            if (news == ANSWERED) sample(now() - connections[fd].since);
            else if (news == FAILED) forget(fd);
        }
        if (!more) continue;
        int waiting = 0;
        for (int i = 0; i < kept_count; i++) waiting += connections[kept[i]].state == WAITING;
        if (told == 0) told = time;
        if (waiting == 0) break;
        if (time - told > PATIENCE) give_up(forget);
    }
    report(now() - started);
}

static void client(int count, char **arguments) {
    server_count = count - 1;
    servers = calloc(server_count, sizeof *servers);
    for (int i = 0; i < server_count; i++) {
        servers[i].sin_family = AF_INET;
        servers[i].sin_port = htons(atoi(arguments[i + 1]));
        if (inet_pton(AF_INET, arguments[0], &servers[i].sin_addr) != 1) die(arguments[0]);
    }
    poller = epoll_create1(0);
    setvbuf(stdin, NULL, _IONBF, 0);
    char line[128], how[8];
    for (double seconds; fgets(line, sizeof line, stdin);) {
        int width, size;
        if (sscanf(line, "rate %lf %d %7s", &seconds, &width, how) == 3) rate(seconds, width, how[0] == 'r');
        else if (sscanf(line, "open %d", &width) == 1) open_more(width);
        else if (sscanf(line, "exchange %lf %d %d", &seconds, &width, &size) == 3) exchange(seconds, width, size);
        else if (sscanf(line, "pace %lf", &seconds) == 1) pace(seconds / 1e3);
        else if (line[0] == 'c') {
            begin();
            while (kept_count > 0) drop(kept[--kept_count], 1);
            report(0);
        } else if (line[0] != '\n') die(line);
    }
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "see the beginning of client.c\n");
        return 2;
    }
    raise_limit();
    signal(SIGPIPE, SIG_IGN);
    client(count - 1, arguments + 1);
    return 0;
}
