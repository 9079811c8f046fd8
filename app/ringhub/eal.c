/* SPDX-License-Identifier: BSD-3-Clause */
/* EAL's defaults. */
#include "eal.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_log.h>

#define EAL_ARGS     64
#define EAL_TEXT     64
#define EAL_PAGES_MB 128 /* fewer free megabytes of hugepages are not worth using */

struct eal_args {
	int n;
	char *argv[EAL_ARGS];
	char text[8][EAL_TEXT];
	int n_text;
};

static void
eal_add(struct eal_args *a, const char *word)
{
	if (a->n < EAL_ARGS - 1)
		a->argv[a->n++] = (char *)(uintptr_t)word;
}

/* Free megabytes of 2 MiB hugepages. */
static unsigned long
eal_free_hugepages(void)
{
	FILE *f = fopen("/sys/kernel/mm/hugepages/hugepages-2048kB/free_hugepages", "re");
	char line[32] = "0";

	if (f == NULL)
		return 0;
	if (fgets(line, sizeof(line), f) == NULL)
		line[0] = '0';
	fclose(f);
	return strtoul(line, NULL, 10) * 2;
}

/* "0@2,1@3,2@4": lcore 0 controls on the first CPU we may use, the others poll on the rest. */
static void
eal_lcores(struct eal_args *a)
{
	char *text = a->text[a->n_text++];
	cpu_set_t set;
	int cpu, n = 0, first = -1;
	size_t at = 0;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		CPU_SET(0, &set);
	for (cpu = 0; cpu < CPU_SETSIZE && at + 12 < EAL_TEXT; cpu++) {
		if (!CPU_ISSET(cpu, &set))
			continue;
		first = first < 0 ? cpu : first;
		at += (size_t)snprintf(text + at, EAL_TEXT - at, "%s%d@%d", n > 0 ? "," : "", n,
			cpu);
		n++;
	}
	if (n == 1) {
		fprintf(stderr, "ringhub: one CPU: control and polling share it\n");
		snprintf(text, EAL_TEXT, "0@%d,1@%d", first, first);
	}
	eal_add(a, "--lcores");
	eal_add(a, text);
}

static void
eal_memory(struct eal_args *a)
{
	char *mb = a->text[a->n_text++];
	unsigned long pages = eal_free_hugepages();

	if (pages >= EAL_PAGES_MB) {
		eal_add(a, "--in-memory");
		eal_add(a, "--single-file-segments");
		return;
	}
	fprintf(stderr,
		"ringhub: warning: %lu MB of hugepages are free, so ordinary memory is used, "
		"which is slower: echo 512 > /proc/sys/vm/nr_hugepages\n",
		pages);
	snprintf(mb, EAL_TEXT, "%d", 512);
	eal_add(a, "--no-huge");
	eal_add(a, "-m");
	eal_add(a, mb);
}

static void
eal_defaults(struct eal_args *a)
{
	char *prefix = a->text[a->n_text++];

	eal_lcores(a);
	eal_add(a, "--no-pci");
	eal_memory(a);
	snprintf(prefix, EAL_TEXT, "ringhub-%d", getpid());
	eal_add(a, "--file-prefix");
	eal_add(a, prefix);
	eal_add(a, "--iova-mode");
	eal_add(a, "va");
}

/* The libraries narrate; an operator wants what went wrong. A user's --log-level comes later. */
static void
eal_quiet(struct eal_args *a)
{
	eal_add(a, "--log-level=lib.eal:error");
	eal_add(a, "--log-level=lib.vhost.*:warning");
	eal_add(a, "--log-level=lib.telemetry:error");
}

int
eal_start(int argc, char **argv)
{
	struct eal_args a = { 0 };
	int i;

	eal_add(&a, "ringhub");
	eal_quiet(&a);
	if (argc == 0)
		eal_defaults(&a);
	for (i = 0; i < argc; i++)
		eal_add(&a, argv[i]);
	if (rte_eal_init(a.n, a.argv) < 0) {
		fprintf(stderr, "ringhub: DPDK cannot start: %s\n", rte_strerror(rte_errno));
		return -rte_errno;
	}
	return 0;
}
