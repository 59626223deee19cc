/* beat send HOST PORT: a UDP datagram every 200 microseconds, for ever.
 * beat hear PORT: tells when they come after 300 milliseconds of silence, and after so long a silence when the last one came:
 *   {"heard":true,"at":MILLISECONDS}, of the clock that Node's process.hrtime has (CLOCK_MONOTONIC).
 */
#include "sockets.h"
#include <poll.h>
#include <time.h>

static const double SILENCE = 300; /* milliseconds */

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static void tell(int heard, double at) {
    printf("{\"heard\":%s,\"at\":%.3f}\n", heard ? "true" : "false", at);
    fflush(stdout);
}

static void hear(int fd) {
    struct pollfd input = {.fd = fd, .events = POLLIN};
    double last = 0;
    for (int heard = 0;;) {
        if (poll(&input, 1, heard ? (int)SILENCE : -1) > 0) {
            if (read(fd, buffer, sizeof buffer) < 0) die("read");
            last = now();
            if (!heard) tell(heard = 1, last);
        } else if (heard) tell(heard = 0, last);
    }
}

int main(int count, char **arguments) {
    if (count < 3) die("see the beginning of beat.c");
    int sends = !strcmp(arguments[1], "send"), fd = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[count - 1]))};
    if (sends && inet_pton(AF_INET, arguments[2], &address.sin_addr) != 1) die(arguments[2]);
    if (!sends) {
        if (bind(fd, (void *)&address, sizeof address) < 0) die("bind");
        hear(fd);
    }
    for (struct timespec pause = {0, 200000};; nanosleep(&pause, NULL))
        sendto(fd, buffer, 18, 0, (void *)&address, sizeof address);
}
