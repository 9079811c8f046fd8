/* SPDX-License-Identifier: BSD-3-Clause */
/* Programs that others wrote for QEMU: network scripts and the bridge helper. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tapio_pmd.h"

#define TAPIO_SPAWN_MS 30000 /* a program that takes longer is ended */
#define TAPIO_CHILD_FD 3     /* the helper's end of the socket pair */

extern char **environ;

/* Start argv with /dev/null as its input and no descriptor of ours but give, if any, as number 3.
 * posix_spawn() copies no page tables, which with hugepages would take its time. */
static int
tapio_spawn(char *const *argv, int give, pid_t *pid)
{
	posix_spawn_file_actions_t fa;
	int ret = posix_spawn_file_actions_init(&fa);

	if (ret != 0)
		return -ret;
	/* dup2() of a descriptor onto itself clears close-on-exec there, as POSIX says. */
	if (give >= 0)
		ret = posix_spawn_file_actions_adddup2(&fa, give, TAPIO_CHILD_FD);
	if (ret == 0)
		ret = posix_spawn_file_actions_addopen(&fa, 0, "/dev/null", O_RDONLY, 0);
	if (ret == 0)
		ret = posix_spawn_file_actions_addclosefrom_np(&fa,
			give >= 0 ? TAPIO_CHILD_FD + 1 : TAPIO_CHILD_FD);
	if (ret == 0)
		ret = posix_spawn(pid, argv[0], &fa, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&fa);
	return -ret;
}

/* @return its exit status, 128 + the signal that ended it; -ETIMEDOUT; -errno. */
static int
tapio_wait(pid_t pid)
{
	int status, ret, fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { .fd = fd, .events = POLLIN };

	if (fd >= 0) {
		do
			ret = poll(&p, 1, TAPIO_SPAWN_MS);
		while (ret < 0 && errno == EINTR);
		close(fd);
		if (ret == 0)
			kill(pid, SIGKILL);
	}
	do
		ret = waitpid(pid, &status, 0);
	while (ret < 0 && errno == EINTR);
	if (ret < 0)
		return -errno;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return fd >= 0 && WTERMSIG(status) == SIGKILL ? -ETIMEDOUT : 128 + WTERMSIG(status);
}

int
tapio_run_script(const char *script, const char *ifname, char *why)
{
	char path[PMD_ARG_LEN], arg[IFNAMSIZ];
	char *argv[] = { path, arg, NULL };
	pid_t pid = 0;
	int ret;

	snprintf(path, sizeof(path), "%s", script);
	snprintf(arg, sizeof(arg), "%s", ifname);
	ret = tapio_spawn(argv, -1, &pid);
	if (ret < 0) {
		snprintf(why, TAPIO_WHY_LEN,
			"script=%.200s: cannot be run: %s; script=no leaves it out", script,
			strerror(-ret));
		return ret;
	}
	ret = tapio_wait(pid);
	if (ret == 0)
		return 0;
	if (ret == -ETIMEDOUT)
		snprintf(why, TAPIO_WHY_LEN, "network script %.200s ran longer than %d s", script,
			TAPIO_SPAWN_MS / 1000);
	else
		snprintf(why, TAPIO_WHY_LEN,
			"network script %.200s failed with status %d; script=no leaves it out",
			script, ret);
	return ret < 0 ? ret : -ECANCELED;
}

/* The one descriptor that came with one byte. @return it; -ENOMSG: none came. */
static int
tapio_take_fd(int sock)
{
	union {
		struct cmsghdr head;
		char room[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *c;
	int fd;

	if (recvmsg(sock, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC) != 1)
		return -ENOMSG;
	c = CMSG_FIRSTHDR(&msg);
	if (c == NULL || c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS ||
		c->cmsg_len != CMSG_LEN(sizeof(int)))
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

int
tapio_run_helper(const char *helper, const char *br, char *why)
{
	char path[2 * PMD_ARG_LEN + 64], fd_arg[32], br_arg[PMD_ARG_LEN + 8], vnet[] = "--use-vnet";
	char shell[] = "/bin/sh", dash_c[] = "-c";
	char *direct[] = { path, vnet, fd_arg, br_arg, NULL };
	char *by_shell[] = { shell, dash_c, path, NULL };
	bool words = strpbrk(helper, " \t") != NULL; /* QEMU: a command line for the shell */
	int pair[2], ret;
	pid_t pid = 0;

	snprintf(fd_arg, sizeof(fd_arg), "--fd=%d", TAPIO_CHILD_FD);
	snprintf(br_arg, sizeof(br_arg), "--br=%s", br);
	if (words)
		snprintf(path, sizeof(path), "%s %s %s %s", helper, vnet, fd_arg,
			strstr(helper, "--br=") == NULL ? br_arg : "");
	else
		snprintf(path, sizeof(path), "%s", helper);
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		snprintf(why, TAPIO_WHY_LEN, "helper: socketpair: %s", strerror(errno));
		return -errno;
	}
	ret = tapio_spawn(words ? by_shell : direct, pair[1], &pid);
	close(pair[1]);
	if (ret < 0) {
		snprintf(why, TAPIO_WHY_LEN,
			"helper=%.200s: cannot be run: %s: give the path of qemu-bridge-helper",
			helper, strerror(-ret));
		goto close_pair;
	}
	ret = tapio_wait(pid);
	if (ret != 0) {
		snprintf(why, TAPIO_WHY_LEN,
			"bridge helper failed (status %d): is there a bridge %.15s, does "
			"/etc/qemu/bridge.conf say 'allow %.15s', and is %.200s setuid root?",
			ret, br, br, helper);
		ret = ret < 0 ? ret : -ECANCELED;
		goto close_pair;
	}
	ret = tapio_take_fd(pair[0]);
	if (ret < 0)
		snprintf(why, TAPIO_WHY_LEN, "helper=%.200s: ended without handing a tap over",
			helper);

close_pair:
	close(pair[0]);
	return ret;
}
