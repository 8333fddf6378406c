// Types only: the library is loaded by the one command that serves pages. Swift cannot call a function with an open
// list of arguments, so that one is called here.
#include <microhttpd.h>

typedef struct MHD_Daemon *(*microhttpd_start_function)(
    unsigned int flags, uint16_t port, MHD_AcceptPolicyCallback accept_policy, void *accept_context,
    MHD_AccessHandlerCallback handler, void *handler_context, ...);

static inline struct MHD_Daemon *microhttpd_start(
    void *start, int listening_socket, MHD_AccessHandlerCallback handler, MHD_NotifyConnectionCallback notify,
    void *context, unsigned int connections_max, size_t connection_bytes_max, unsigned int timeout_seconds) {
  return ((microhttpd_start_function)start)(
      MHD_USE_EPOLL, 0, NULL, NULL, handler, context, MHD_OPTION_LISTEN_SOCKET, listening_socket,
      MHD_OPTION_CONNECTION_LIMIT, connections_max, MHD_OPTION_CONNECTION_MEMORY_LIMIT, connection_bytes_max,
      MHD_OPTION_CONNECTION_TIMEOUT, timeout_seconds, MHD_OPTION_NOTIFY_CONNECTION, notify, context, MHD_OPTION_END);
}

// Swift's name for it depends on how it takes the others apart.
static const enum MHD_ConnectionNotificationCode microhttpd_closed = MHD_CONNECTION_NOTIFY_CLOSED;

typedef const union MHD_ConnectionInfo *(*microhttpd_info_function)(
    struct MHD_Connection *connection, enum MHD_ConnectionInfoType type, ...);

// The socket of a connection; -1 if it has none.
static inline int microhttpd_socket(void *info, struct MHD_Connection *connection) {
  const union MHD_ConnectionInfo *found =
      ((microhttpd_info_function)info)(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return found ? found->connect_fd : -1;
}
