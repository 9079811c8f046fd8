/* SPDX-License-Identifier: BSD-3-Clause */
/* The surroundings of fuzz targets: EAL, the mbuf pool, allocations that are watched and that fail. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_eal.h>
#include <rte_log.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "fuzz.h"
#include "fuzz_asan.h"
#include "nic/nic_reg.h"

struct rte_mempool *fuzz_pool;
const struct rte_ether_addr fuzz_mac = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } };

static unsigned int fuzz_live;	  /* allocations not yet freed */
static unsigned int fuzz_count;	  /* since fuzz_begin() */
static unsigned int fuzz_fail_at; /* which of them fails */

void
fuzz_fail(const char *what, const char *file, int line)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
	abort();
}

/* The linker sends the library's calls here: ASan knows malloc()'s memory, and not DPDK's. */
void *__wrap_rte_malloc(const char *type, size_t len, unsigned int align);
void *__wrap_rte_zmalloc(const char *type, size_t len, unsigned int align);
void __wrap_rte_free(void *p);

void *
__wrap_rte_malloc(const char *type, size_t len, unsigned int align)
{
	void *p;

	if (++fuzz_count == fuzz_fail_at)
		return NULL;
	if (posix_memalign(&p, align < 16 ? 16 : align, len) != 0)
		return NULL;
	memset(p, 0xa5, len);
	fuzz_live++;
	return p;
}

void *
__wrap_rte_zmalloc(const char *type, size_t len, unsigned int align)
{
	void *p = __wrap_rte_malloc(type, len, align);

	return p == NULL ? NULL : memset(p, 0, len);
}

void
__wrap_rte_free(void *p)
{
	fuzz_live -= p != NULL;
	free(p);
}

/* Packet buffer memory as registers: thousands of calls in every reset would be most of all work. */
void __real_nic_reg_reset(struct nic *nic, const struct nic_reg_set *set);
void __wrap_nic_reg_reset(struct nic *nic, const struct nic_reg_set *set);

void
__wrap_nic_reg_reset(struct nic *nic, const struct nic_reg_set *set)
{
	struct nic_reg_set one = *set;
	unsigned int i;

	for (one.n = 1, i = 0; i < set->n; i++) {
		one.row = &set->row[i];
		if (one.row->count < 256 || one.row->reset != 0)
			__real_nic_reg_reset(nic, &one);
		else
			memset(set->cell(nic, one.row->offset), 0,
				(size_t)one.row->count * one.row->width);
	}
}

/* What lies between two mbufs' buffers is nobody's: running out of one is seen. */
static void
fuzz_poison_header(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	fuzz_poison((uint8_t *)obj - mp->header_size, mp->header_size);
}

void
fuzz_init(void)
{
	static char args[][24] = { "fuzz", "--no-huge", "--no-pci", "--no-telemetry", "--no-shconf",
		"-m", "64", "--iova-mode=va" };
	char *argv[RTE_DIM(args)];
	cpu_set_t cpus;
	size_t i;

	for (i = 0; i < RTE_DIM(args); i++)
		argv[i] = args[i];
	/* EAL binds this thread to the first CPU; several targets may run at once. */
	FUZZ_CHECK(sched_getaffinity(0, sizeof(cpus), &cpus) == 0);
	rte_log_set_global_level(RTE_LOG_EMERG);
	FUZZ_CHECK(rte_eal_init(RTE_DIM(argv), argv) >= 0);
	FUZZ_CHECK(sched_setaffinity(0, sizeof(cpus), &cpus) == 0);
	rte_log_set_global_level(RTE_LOG_EMERG);
	fuzz_pool = rte_pktmbuf_pool_create("fuzz", FUZZ_POOL, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	FUZZ_CHECK(fuzz_pool != NULL);
	rte_mempool_obj_iter(fuzz_pool, fuzz_poison_header, NULL);
}

void
fuzz_begin(unsigned int fail_at)
{
	fuzz_count = 0;
	fuzz_fail_at = fail_at;
}

void
fuzz_end(void)
{
	fuzz_feed();
	FUZZ_CHECK(rte_mempool_avail_count(fuzz_pool) == FUZZ_POOL);
	FUZZ_CHECK(fuzz_live == 0);
}
