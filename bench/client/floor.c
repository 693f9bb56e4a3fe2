/* The floor: a blocking client that answers each WebSocket frame with a prepared HTTP order and
   waits for the answer. It keeps no book and signs nothing.   floor PORT */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int dial(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (void *)&to, sizeof to)) exit(2);
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

int main(int count, char **given) {
  static char in[1 << 16];
  char order[1024];
  int port = atoi(given[count - 1]), stream = dial(port), orders = dial(port), length;
  const char *begin =
      "GET /ws/btcusdt@depth@100ms HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n";
  const char *ready = "GET /start HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
  send(stream, begin, strlen(begin), 0);
  recv(stream, in, sizeof in, 0);
  send(orders, ready, strlen(ready), 0);
  recv(orders, in, sizeof in, 0);
  length = sprintf(order, "POST /api/v3/order?%0220d HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                          "Content-Length: 0\r\n\r\n", 1);
  while (recv(stream, in, sizeof in, 0) > 0) {
    send(orders, order, length, 0);
    if (recv(orders, in, sizeof in, 0) <= 0) break;
  }
  return 0;
}
