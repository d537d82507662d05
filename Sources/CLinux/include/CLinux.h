#pragma once
// The few Linux calls that Swift cannot import: they are variadic, macros, or newer than the C library of Debian 12.

#include <sys/epoll.h>
#include <sys/types.h>

/// A file descriptor for the process, close-on-exec; -1 with errno otherwise. (glibc has it from 2.36 on.)
int clinux_pidfd_open(pid_t pid);

/// Sends a signal to exactly the process behind the descriptor, never to one that took over its number.
int clinux_pidfd_send_signal(int pidfd, int signal);

/// How a child ended.
struct clinux_exit {
  /// 1 where it ended, 0 where it still runs.
  int ended;
  /// 1 where a signal ended it; `value` is the signal then, the exit code otherwise.
  int signaled;
  int value;
};

/// Collects the exit of the child behind the descriptor without waiting (P_PIDFD); 0, or -1 with errno.
int clinux_reap(int pidfd, struct clinux_exit *result);

/// As `clinux_reap`, for the child with this number; with `block` it waits.
int clinux_reap_pid(pid_t pid, int block, struct clinux_exit *result);

/// Makes this process the parent of its descendants' orphans, as PID 1 is of all (PR_SET_CHILD_SUBREAPER).
int clinux_become_subreaper(void);

/// An anonymous file in memory, close-on-exec; -1 with errno otherwise.
int clinux_memory_file(const char *name);

/// pipe2 with O_CLOEXEC.
int clinux_pipe(int ends[2]);

/// Closes every descriptor from this one on.
void clinux_close_from(int lowest);

/// Everything written to the file system that the descriptor is on reaches the disk (syncfs); 0, or -1 with errno, which
/// tells of failed writes too (Linux 5.8).
int clinux_sync_file_system(int descriptor);

/// Says of a folder that the folders in it have nothing to do with each other (FS_TOPDIR_FL, `chattr +T`): ext4 then lays
/// each in a region of the disk of its own. 0, or -1 with errno where the file system knows no such thing.
int clinux_spread_subfolders(int descriptor);

/// mkostemp with O_CLOEXEC; `name` ends in XXXXXX and is filled in.
int clinux_temporary_file(char *name);

/// The message of an error number, a constant, so that it is safe where threads are; NULL where there is none.
const char *clinux_error_text(int code);

/// Makes the signal's arrival readable on `clinux_signal_descriptor` (one byte, the signal's number) in place of its
/// default action.
int clinux_watch_signal(int signal);

/// The read end of the pipe that watched signals are written to; -1 before `clinux_signals_open`.
int clinux_signals_open(void);

/// What `clinux_spawn` starts.
struct clinux_spawn_request {
  const char *path;
  char *const *argv;
  char *const *envp;
  /// NULL keeps the current one.
  const char *directory;
  /// Pairs: in the child the second is a duplicate of the first. Every other descriptor is closed.
  const int *descriptors;
  int descriptor_count;
  /// Leads a session of its own.
  int new_session;
  /// Leads a process group of its own (implied by a session).
  int new_group;
};

/// posix_spawn with an empty signal mask and default signal actions. 0, or the error's number.
int clinux_spawn(const struct clinux_spawn_request *request, pid_t *pid);

/// For single-threaded programs only: fork and exec a child with /dev/null, `output` and `error` as its standard
/// streams, an empty signal mask, default signal actions, umask 022, leading its own process group, that gets `SIGKILL`
/// when this process dies (PR_SET_PDEATHSIG, which posix_spawn cannot set, and which goes by the *thread* that forked).
/// 0, or the error's number.
int clinux_spawn_bound(char *const *argv, char *const *envp, int output, int error, pid_t *pid);

/// For single-threaded programs only: continues in a grandchild with a session of its own; the caller's process ends
/// once the grandchild says that it is ready, with its status.
///
/// Returns in the grandchild the descriptor to say so on (one byte: the exit status), or -1 with errno.
int clinux_daemonize(void);
