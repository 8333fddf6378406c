// The kernel's descriptors for events, signals, timers and processes, and the allocator's settings: what Swift's Glibc
// module leaves out.
#include <linux/stat.h>
#include <malloc.h>
#include <sched.h>
#include <spawn.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>

// From <sys/pidfd.h>, which would define again what is Glibc's.
int pidfd_open(pid_t pid, unsigned int flags);

// <sched.h> shows it only to GNU sources.
int sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);

// <spawn.h> too.
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int first);
int posix_spawn_file_actions_addchdir_np(posix_spawn_file_actions_t *actions, const char *path);

// <sys/stat.h> and <fcntl.h> too, and only they: when a file was made.
#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
int statx(int directory, const char *path, int flags, unsigned int mask, struct statx *status);

// Swift imports no function with a variable number of arguments. The kernel sends the signal when the parent ends.
static inline int set_parent_death_signal(int signal) { return prctl(PR_SET_PDEATHSIG, signal); }

// Swift imports no macro that computes with pointers, such as those for control messages. Receives a datagram, and which
// process has sent it (0 if the kernel does not say) where SO_PASSCRED is set; −1 if there is none.
static inline ssize_t receive_with_sender(int socket, void *bytes, size_t size, pid_t *sender) {
  // struct ucred, and SCM_CREDENTIALS = 2, are shown only to GNU sources.
  struct { pid_t pid; uid_t user; gid_t group; } credentials;
  union { struct cmsghdr header; char room[CMSG_SPACE(sizeof credentials)]; } control;
  struct iovec place = {.iov_base = bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &place, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  ssize_t count = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  *sender = 0;
  if (count < 0) return count;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == 2) {
    __builtin_memcpy(&credentials, CMSG_DATA(header), sizeof credentials);
    *sender = credentials.pid;
  }
  return count;
}
