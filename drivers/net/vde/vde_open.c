/* SPDX-License-Identifier: BSD-3-Clause */
/* vde_open() on a thread of its own. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_string_fns.h>

#include "base/err.h"
#include "vde_pmd.h"

enum vde_job_state { VDE_JOB_RUNS, VDE_JOB_DONE, VDE_JOB_ABANDONED };

struct vde_job {
	int fd;		/* eventfd */
	uint32_t state; /* enum vde_job_state; whoever changes it second frees the job */
	struct vde_args args;
	char descr[RTE_ETH_NAME_MAX_LEN]; /* what the switch shows for its port */
	VDECONN *conn;			  /* the thread writes before DONE */
	int err;
};

static void
vde_job_free(struct vde_job *job)
{
	close(job->fd);
	free(job);
}

/* @return whether this end was the first to say that it is through. */
static bool
vde_job_end(struct vde_job *job, enum vde_job_state state)
{
	uint32_t runs = VDE_JOB_RUNS;

	return __atomic_compare_exchange_n(&job->state, &runs, state, false, __ATOMIC_ACQ_REL,
		__ATOMIC_ACQUIRE);
}

static void
vde_job_open(struct vde_job *job)
{
	struct vde_open_args open_args = {
		.port = (int)job->args.port,
		.group = job->args.group[0] != '\0' ? job->args.group : NULL,
		.mode = job->args.mode,
	};
	int flags;

	errno = 0;
	job->conn = vde_open(job->args.sock, job->descr, &open_args);
	job->err = job->conn != NULL ? 0 : errno != 0 ? errno : ECONNREFUSED;
	if (job->conn == NULL)
		return;
	/* vde_recv() and vde_send() ignore their flags; this they cannot. */
	flags = fcntl(vde_datafd(job->conn), F_GETFL);
	if (flags >= 0 && fcntl(vde_datafd(job->conn), F_SETFL, flags | O_NONBLOCK) == 0)
		return;
	job->err = errno;
	vde_close(job->conn);
	job->conn = NULL;
}

static void *
vde_job_main(void *arg)
{
	struct vde_job *job = arg;
	uint64_t one = 1;

	vde_job_open(job);
	if (!vde_job_end(job, VDE_JOB_DONE)) {
		if (job->conn != NULL)
			vde_close(job->conn);
		vde_job_free(job);
	} else if (write(job->fd, &one, sizeof(one)) < 0) {
		/* Cannot be: an eventfd that stands at 0 takes a 1. Who waits sees no connection. */
		return NULL;
	}
	return NULL;
}

static int
vde_job_thread(struct vde_job *job)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t pipe_signal, before;
	int ret;

	/* The library writes to the switch's stream without MSG_NOSIGNAL. */
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	ret = pthread_attr_init(&attr);
	if (ret != 0)
		return -ret;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
	ret = pthread_create(&thread, &attr, vde_job_main, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	pthread_attr_destroy(&attr);
	return -ret;
}

struct vde_job *
vde_job_start(const char *name, const struct vde_args *args)
{
	struct vde_job *job = calloc(1, sizeof(*job));
	int ret;

	if (job == NULL)
		return err_null(ENOMEM);
	job->args = *args;
	rte_strscpy(job->descr, name, sizeof(job->descr));
	job->fd = eventfd(0, EFD_CLOEXEC);
	if (job->fd < 0) {
		ret = -errno;
		goto free_job;
	}
	ret = vde_job_thread(job);
	if (ret < 0)
		goto close_fd;
	return job;

close_fd:
	close(job->fd);
free_job:
	free(job);
	return err_null(-ret);
}

int
vde_job_fd(const struct vde_job *job)
{
	return job->fd;
}

VDECONN *
vde_job_finish(struct vde_job *job, int *err)
{
	VDECONN *conn;
	uint64_t count;

	/* The thread's last access to the job is the write that ends this read. */
	while (read(job->fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
	conn = job->conn;
	*err = job->err;
	vde_job_free(job);
	return conn;
}

void
vde_job_abandon(struct vde_job *job)
{
	VDECONN *conn;
	int err;

	if (vde_job_end(job, VDE_JOB_ABANDONED))
		return;
	conn = vde_job_finish(job, &err);
	if (conn != NULL)
		vde_close(conn);
}

void
vde_explain(const struct vde_args *args, int err, char *why, size_t len)
{
	const char *sock = args->sock, *tag = strstr(sock, "://");

	if (err == EPROTONOSUPPORT && tag != NULL)
		snprintf(why, len, "sock=%s: libvdeplug has no plugin '%.*s'", sock,
			(int)(tag - sock), sock);
	else if (err == ETIMEDOUT)
		snprintf(why, len, "sock=%s: the switch does not answer", sock);
	else if (tag != NULL)
		snprintf(why, len, "sock=%s: cannot connect: %s", sock, strerror(err));
	else
		snprintf(why, len,
			"sock=%s: cannot connect: %s: give the folder that a running vde_switch "
			"was "
			"started with (vde_switch -sock %s)",
			sock, strerror(err), sock[0] != '\0' ? sock : "/var/run/vde.ctl");
}
