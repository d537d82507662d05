#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int clinux_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int clinux_pidfd_send_signal(int pidfd, int number) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, number, NULL, 0);
}

static int reap(idtype_t type, id_t id, int flags, struct clinux_exit *result) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  while (waitid(type, id, &info, WEXITED | flags) < 0)
    if (errno != EINTR) return -1;
  // Without a child that ended, waitid with WNOHANG succeeds and leaves si_pid zero.
  result->ended = info.si_pid != 0;
  result->signaled = info.si_code == CLD_KILLED || info.si_code == CLD_DUMPED;
  result->value = info.si_status;
  return 0;
}

#ifndef P_PIDFD
#define P_PIDFD 3
#endif

int clinux_reap(int pidfd, struct clinux_exit *result) { return reap((idtype_t)P_PIDFD, (id_t)pidfd, WNOHANG, result); }

int clinux_reap_pid(pid_t pid, int block, struct clinux_exit *result) {
  return reap(P_PID, (id_t)pid, block ? 0 : WNOHANG, result);
}

int clinux_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int clinux_memory_file(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int clinux_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int clinux_sync_file_system(int descriptor) { return syncfs(descriptor); }

int clinux_spread_subfolders(int descriptor) {
  int flags = 0;  // the kernel takes an int, whatever the number of the call says
  if (ioctl(descriptor, FS_IOC_GETFLAGS, &flags) < 0) return -1;
  if (flags & FS_TOPDIR_FL) return 0;
  flags |= FS_TOPDIR_FL;
  return ioctl(descriptor, FS_IOC_SETFLAGS, &flags);
}

int clinux_temporary_file(char *name) { return mkostemp(name, O_CLOEXEC); }

const char *clinux_error_text(int code) { return strerrordesc_np(code); }

void clinux_close_from(int lowest) { closefrom(lowest); }
