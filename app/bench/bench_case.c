/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of cases. */
#include "bench_case.h"

#include <string.h>

#include <rte_common.h>

/* clang-format off */
static const struct bench_case cases[] = {
	/* name                 device     transport     packed size  n  q  burst traffic     quick  mss */
	{ "vhost-64",           "virtio",  "vhost-user", false, 64,   2, 1, 32, BENCH_PAIRS,  true, 0 },
	{ "vhost-64-burst1",    "virtio",  "vhost-user", false, 64,   2, 1, 1,  BENCH_PAIRS,  true, 0 },
	{ "vhost-64-packed",    "virtio",  "vhost-user", true,  64,   2, 1, 32, BENCH_PAIRS,  true, 0 },
	{ "vhost-1518",         "virtio",  "vhost-user", false, 1518, 2, 1, 32, BENCH_PAIRS,  true, 0 },
	{ "vhost-512",          "virtio",  "vhost-user", false, 512,  2, 1, 32, BENCH_PAIRS,  false, 0 },
	{ "vhost-1518-burst1",  "virtio",  "vhost-user", false, 1518, 2, 1, 1,  BENCH_PAIRS,  false, 0 },
	{ "vhost-1518-packed",  "virtio",  "vhost-user", true,  1518, 2, 1, 32, BENCH_PAIRS,  false, 0 },
	{ "vhost-64-oneway",    "virtio",  "vhost-user", false, 64,   2, 1, 32, BENCH_ONEWAY, false, 0 },
	{ "vhost-64-queues2",   "virtio",  "vhost-user", false, 64,   2, 2, 32, BENCH_PAIRS,  false, 0 },
	{ "vhost-hub3-64",      "virtio",  "vhost-user", false, 64,   3, 1, 32, BENCH_ALL,    false, 0 },
	{ "vhost-hub4-64",      "virtio",  "vhost-user", false, 64,   4, 1, 32, BENCH_ALL,    false, 0 },
	{ "vhost-switch3-64",   "virtio",  "vhost-user", false, 64,   3, 1, 32, BENCH_RING,   false, 0 },
	{ "vhost-tell4-64",     "virtio",  "vhost-user", false, 64,   4, 1, 32, BENCH_TELL,   false, 0 },
	{ "vhost-tell8-64",     "virtio",  "vhost-user", false, 64,   8, 1, 32, BENCH_TELL,   false, 0 },
	{ "vhost-tso-64k",      "virtio",  "vhost-user", false, 65218, 2, 1, 8, BENCH_PAIRS,  true, 1448 },
	{ "tap-64",             "tap",     "tap",        false, 64,   2, 1, 32, BENCH_PAIRS,  true, 0 },
	{ "tap-1518",           "tap",     "tap",        false, 1518, 2, 1, 32, BENCH_PAIRS,  false, 0 },
	{ "tap-hub4-64",        "tap",     "tap",        false, 64,   4, 1, 32, BENCH_ALL,    false, 0 },
	{ "tap-hub4-1518",      "tap",     "tap",        false, 1518, 4, 1, 32, BENCH_ALL,    false, 0 },
	{ "dgram-hub4-64",      "socket",  "dgram",      false, 64,   4, 1, 32, BENCH_ALL,    false, 0 },
	{ "dgram-hub4-1518",    "socket",  "dgram",      false, 1518, 4, 1, 32, BENCH_ALL,    false, 0 },
	{ "own-hub4-64",        "own",     "own",        false, 64,   4, 1, 32, BENCH_ALL,    false, 0 },
	{ "own-hub4-1518",      "own",     "own",        false, 1518, 4, 1, 32, BENCH_ALL,    false, 0 },
	{ "loop-virtio-64",     "virtio",  "loop",       false, 64,   2, 1, 32, BENCH_PAIRS,  true, 0 },
	{ "loop-virtio-1518",   "virtio",  "loop",       false, 1518, 2, 1, 32, BENCH_PAIRS,  false, 0 },
	{ "loop-virtio-64-packed", "virtio", "loop",     true,  64,   2, 1, 32, BENCH_PAIRS,  false, 0 },
	{ "loop-virtio-1518-packed", "virtio", "loop",   true,  1518, 2, 1, 32, BENCH_PAIRS,  false, 0 },
	{ "loop-e1000-64",      "e1000",   "loop",       false, 64,   2, 1, 32, BENCH_PAIRS,  true, 0 },
	{ "loop-e1000-1518",    "e1000",   "loop",       false, 1518, 2, 1, 32, BENCH_PAIRS,  false, 0 },
	{ "loop-rtl8139-64",    "rtl8139", "loop",       false, 64,   2, 1, 32, BENCH_PAIRS,  true, 0 },
	{ "loop-rtl8139-1518",  "rtl8139", "loop",       false, 1518, 2, 1, 32, BENCH_PAIRS,  false, 0 },
};
/* clang-format on */

static const char *const traffic_words[] = {
	[BENCH_PAIRS] = "pairs",
	[BENCH_ONEWAY] = "oneway",
	[BENCH_ALL] = "all",
	[BENCH_TELL] = "tell",
	[BENCH_RING] = "ring",
};

const char *
bench_traffic_word(enum bench_traffic_kind kind)
{
	return traffic_words[kind];
}

int
bench_traffic_find(const char *word)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(traffic_words); i++)
		if (strcmp(traffic_words[i], word) == 0)
			return (int)i;
	return -1;
}

const struct bench_case *
bench_case_at(unsigned int i)
{
	return i < RTE_DIM(cases) ? &cases[i] : NULL;
}

const struct bench_case *
bench_case_find(const char *name)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(cases); i++)
		if (strcmp(cases[i].name, name) == 0)
			return &cases[i];
	return NULL;
}

void
bench_case_list(FILE *out)
{
	unsigned int i;

	fprintf(out, "name,device,transport,ring,size,members,queues,burst,traffic,quick,mss\n");
	for (i = 0; i < RTE_DIM(cases); i++) {
		const struct bench_case *c = &cases[i];

		fprintf(out, "%s,%s,%s,%s,%u,%u,%u,%u,%s,%s,%u\n", c->name, c->device, c->transport,
			c->packed ? "packed" : "split", c->size, c->members, c->queues, c->burst,
			bench_traffic_word(c->traffic), c->quick ? "yes" : "no", c->mss);
	}
}
