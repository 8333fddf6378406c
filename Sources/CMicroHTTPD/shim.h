// Types only: the library is loaded by the one command that serves pages. Swift cannot call a function with an open
// list of arguments, so that one is called here.
#include <microhttpd.h>

typedef struct MHD_Daemon *(*microhttpd_start_function)(
    unsigned int flags, uint16_t port, MHD_AcceptPolicyCallback accept_policy, void *accept_context,
    MHD_AccessHandlerCallback handler, void *handler_context, ...);

static inline struct MHD_Daemon *microhttpd_start(
    void *start, int listening_socket, MHD_AccessHandlerCallback handler, void *context,
    unsigned int connections_max, size_t connection_bytes_max, unsigned int timeout_seconds) {
  return ((microhttpd_start_function)start)(
      MHD_USE_EPOLL, 0, NULL, NULL, handler, context, MHD_OPTION_LISTEN_SOCKET, listening_socket,
      MHD_OPTION_CONNECTION_LIMIT, connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes_max,
      MHD_OPTION_CONNECTION_TIMEOUT, timeout_seconds, MHD_OPTION_END);
}
