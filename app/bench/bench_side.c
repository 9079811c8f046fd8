/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_side.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bench_loop.h"

int
bench_side_open(struct bench_side *s, struct rte_mempool *pool)
{
	int ret;

	for (; s->n_open < s->n_ports; s->n_open++) {
		const struct bench_port_conf *conf = &s->conf[s->n_open];

		s->is_loop = conf->kind == BENCH_PORT_LOOP;
		ret = bench_port_open(&s->port[s->n_open], conf, pool);
		if (ret < 0)
			return ret;
	}
	return 0;
}

void
bench_side_close(struct bench_side *s)
{
	while (s->n_open > 0) {
		s->n_open--;
		s->port[s->n_open].ops->close(&s->port[s->n_open]);
	}
}

static int
side_signal(const struct bench_side *s, int sig)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < s->n_pids; i++)
		if (kill(s->pid[i], sig) < 0)
			ret = -errno;
	return ret;
}

void
bench_side_continue(const struct bench_side *all, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		side_signal(&all[i], SIGCONT);
}

int
bench_side_enter(struct bench_side *all, unsigned int n, struct bench_side *s)
{
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = side_signal(&all[i], &all[i] == s ? SIGCONT : SIGSTOP);
		if (ret < 0) {
			fprintf(stderr, "ringhub-bench: side %s: its process is gone: %s\n",
				all[i].name, strerror(-ret));
			return ret;
		}
	}
	if (!s->is_loop)
		return 0;
	ret = bench_loop_start(s->port, s->n_ports, &s->loop_cpu);
	if (ret < 0)
		fprintf(stderr, "ringhub-bench: devices in this process need a second lcore\n");
	return ret;
}

void
bench_side_leave(struct bench_side *s)
{
	if (s->is_loop)
		bench_loop_stop();
}

static double
clock_seconds(clockid_t clock)
{
	struct timespec ts = { 0 };

	if (clock_gettime(clock, &ts) < 0)
		return 0;
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

double
bench_side_cpu(const struct bench_side *s)
{
	double sum = s->is_loop ? clock_seconds(s->loop_cpu) : 0;
	clockid_t clock;
	unsigned int i;

	for (i = 0; i < s->n_pids; i++)
		if (clock_getcpuclockid(s->pid[i], &clock) == 0)
			sum += clock_seconds(clock);
	return sum;
}
