#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static int add_descriptors(posix_spawn_file_actions_t *actions, const struct clinux_spawn_request *request,
                           int *copies) {
  int highest = 2;
  for (int i = 0; i < request->descriptor_count; i++)
    if (request->descriptors[2 * i + 1] > highest) highest = request->descriptors[2 * i + 1];
  // The sources are first duplicated above all targets: one may have the number that another is to get.
  for (int i = 0; i < request->descriptor_count; i++) {
    copies[i] = fcntl(request->descriptors[2 * i], F_DUPFD_CLOEXEC, highest + 1);
    if (copies[i] < 0) return errno;
  }
  for (int number = 0; number <= highest; number++) {
    int source = -1;
    for (int i = 0; i < request->descriptor_count; i++)
      if (request->descriptors[2 * i + 1] == number) source = copies[i];
    int error = source >= 0 ? posix_spawn_file_actions_adddup2(actions, source, number)
                            : posix_spawn_file_actions_addclose(actions, number);
    if (error) return error;
  }
  return posix_spawn_file_actions_addclosefrom_np(actions, highest + 1);
}

int clinux_spawn(const struct clinux_spawn_request *request, pid_t *pid) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int error = posix_spawn_file_actions_init(&actions);
  if (error) return error;
  error = posix_spawnattr_init(&attributes);
  if (error) {
    posix_spawn_file_actions_destroy(&actions);
    return error;
  }
  int *copies = calloc((size_t)request->descriptor_count + 1, sizeof(int));
  if (!copies) {
    error = ENOMEM;
    goto done;
  }
  for (int i = 0; i < request->descriptor_count; i++) copies[i] = -1;
  error = add_descriptors(&actions, request, copies);
  if (!error && request->directory) error = posix_spawn_file_actions_addchdir_np(&actions, request->directory);

  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (request->new_session) flags |= POSIX_SPAWN_SETSID;
  else if (request->new_group) flags |= POSIX_SPAWN_SETPGROUP;
  if (!error) error = posix_spawnattr_setsigmask(&attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(&attributes, &all);
  if (!error) error = posix_spawnattr_setflags(&attributes, flags);
  if (!error) error = posix_spawn(pid, request->path, &actions, &attributes, request->argv, request->envp);

  for (int i = 0; i < request->descriptor_count; i++)
    if (copies[i] >= 0) close(copies[i]);
  free(copies);
done:
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

static void default_signals(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
}

int clinux_spawn_bound(char *const *argv, char *const *envp, int output, int error, pid_t *pid) {
  // Closes by itself when exec succeeds; otherwise it carries the reason.
  int failure[2];
  if (pipe2(failure, O_CLOEXEC) < 0) return errno;
  pid_t parent = getpid();
  pid_t child = fork();
  if (child < 0) {
    int reason = errno;
    close(failure[0]);
    close(failure[1]);
    return reason;
  }
  if (child == 0) {
    default_signals();
    setpgid(0, 0);
    umask(022);
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
    // A parent that died before prctl sends nothing any more.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) == 0 && getppid() == parent && null >= 0 && dup2(null, 0) == 0 &&
        dup2(output, 1) == 1 && dup2(error, 2) == 2) {
      extern char **environ;
      environ = (char **)envp;
      execvp(argv[0], argv);
    }
    int reason = errno;
    ssize_t ignored = write(failure[1], &reason, sizeof reason);
    (void)ignored;
    _exit(127);
  }
  close(failure[1]);
  int reason = 0;
  ssize_t count;
  do count = read(failure[0], &reason, sizeof reason);
  while (count < 0 && errno == EINTR);
  close(failure[0]);
  if (count > 0) {
    waitpid(child, NULL, 0);
    return reason ? reason : ESRCH;
  }
  *pid = child;
  return 0;
}

int clinux_daemonize(void) {
  int ready[2];
  if (pipe2(ready, O_CLOEXEC) < 0) return -1;
  pid_t child = fork();
  if (child < 0) return -1;
  if (child > 0) {
    close(ready[1]);
    unsigned char status = 1;
    ssize_t count;
    do count = read(ready[0], &status, 1);
    while (count < 0 && errno == EINTR);
    // The one in between ends at once; whoever started us must not find a zombie's sibling.
    waitpid(child, NULL, 0);
    _exit(count == 1 ? status : 1);
  }
  close(ready[0]);
  setsid();
  // The leader of a session could get a controlling terminal by opening one; its child cannot.
  pid_t grandchild = fork();
  if (grandchild < 0) _exit(1);
  if (grandchild > 0) _exit(0);
  return ready[1];
}
