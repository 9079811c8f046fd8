/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * replay [--differences N] FILE: do to a NIC model what a register trace says a guest did, and
 * compare every value it reads. Exit code 0 when exactly N (0) reads differ.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "base/bits.h"
#include "base/test_main.h"
#include "gmem/gmem.h"
#include "nic/nic.h"
#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "trace_file.h"
#include "volatile.h"

#include <CUnit/CUnit.h>

#define REPLAY_CONFIG UINT8_MAX /* in place of a BAR: config space */
#define REPLAY_MAPS   1024
#define REPLAY_DATA   1048576 /* bytes of an access at most */
#define REPLAY_SHOWN  20      /* differences that are printed */
#define REPLAY_MAP    (MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE)
#define REPLAY_WORDS  5

struct replay_map {
	uint64_t iova, size;
	void *hva;
};

/** A replay on its way. */
struct replay {
	const char *path;
	unsigned int line, wanted, differ;
	unsigned long reads, in_part, not_at_all;
	bool bad, ended, mapped;
	struct gmem mem;
	struct nic *nic;
	struct replay_map map[REPLAY_MAPS];
	unsigned int n_maps;
	uint8_t want[REPLAY_DATA], got[REPLAY_DATA];
};

static struct replay replay;

/* The trace cannot be followed. */
static void
replay_bad(struct replay *r, const char *why)
{
	fprintf(stderr, "%s:%u: %s\n", r->path, r->line, why);
	r->bad = true;
}

static void
replay_irq(void *ctx, uint16_t vec)
{
}

static const struct nic_irq_ops replay_irqs = { replay_irq, replay_irq };

static uint64_t
replay_number(struct replay *r, const char *word, int base, uint64_t max)
{
	char *end;
	uint64_t val;

	errno = 0;
	val = strtoull(word, &end, base);
	if (*end != '\0' || end == word || errno != 0 || val > max)
		replay_bad(r, "not a number, or too large");
	return val;
}

/* KEY=VALUE of the title. */
static void
replay_title_word(struct replay *r, const char *key, const char *val, struct nic_conf *conf,
	const struct nic_model **model)
{
	if (strcmp(key, "model") == 0)
		*model = nic_model_find(val);
	else if (strcmp(key, "mac") == 0 && rte_ether_unformat_addr(val, &conf->mac) < 0)
		replay_bad(r, "mac");
	else if (strcmp(key, "revision") == 0)
		conf->revision = (uint8_t)replay_number(r, val, 0, UINT8_MAX);
	else if (strcmp(key, "queues") == 0)
		conf->n_queues = (uint16_t)replay_number(r, val, 0, NIC_MAX_QUEUES);
	else if (strcmp(key, "mtu") == 0)
		conf->mtu = (uint16_t)replay_number(r, val, 0, UINT16_MAX);
	else if (strcmp(key, "features") == 0)
		conf->features_mask = replay_number(r, val, 0, UINT64_MAX);
	else if (strcmp(key, "carry") == 0)
		conf->carry = replay_number(r, val, 0, 1);
	else if (strcmp(key, "packed") == 0)
		conf->packed = replay_number(r, val, 0, 1);
	else if (strcmp(key, "rom") == 0)
		conf->rom_len = (uint32_t)replay_number(r, val, 0, UINT32_MAX);
	else if (strcmp(key, "mapped") == 0)
		r->mapped = replay_number(r, val, 0, 1);
	else if (strcmp(key, "mac") != 0)
		replay_bad(r, "the title has a key that is not known");
}

/* Make the NIC that the second line speaks of. */
static void
replay_title(struct replay *r, char *line)
{
	struct nic_conf conf = { .name = "replay", .n_queues = 1, .features_mask = UINT64_MAX };
	const struct nic_model *model = NULL;
	char *save = NULL, *word = strtok_r(line, "# ", &save);

	for (; word != NULL; word = strtok_r(NULL, " ", &save)) {
		char *val = strchr(word, '=');

		if (val == NULL) {
			replay_bad(r, "the title is KEY=VALUE KEY=VALUE");
			return;
		}
		*val = '\0';
		replay_title_word(r, word, val + 1, &conf, &model);
	}
	if (model == NULL || model->pci == NULL) {
		replay_bad(r, "there is no such model");
		return;
	}
	r->nic = nic_create(model, &conf, &r->mem, &replay_irqs, NULL);
	if (r->nic == NULL)
		replay_bad(r, "the NIC cannot be made");
}

/* "CR", "BAR 2 + 0x10" or "config + 0x04". */
static const char *
replay_name(const struct replay *r, uint8_t bar, uint32_t off, char *buf, size_t len)
{
	const struct nic_reg *reg =
		bar == REPLAY_CONFIG ? NULL : volatile_reg(r->nic->model, bar, off);

	if (bar == REPLAY_CONFIG)
		snprintf(buf, len, "config + 0x%02x", off);
	else if (reg == NULL)
		snprintf(buf, len, "BAR %u + 0x%x", bar, off);
	else
		snprintf(buf, len, "%s + %u (BAR %u + 0x%x)", reg->name, off - reg->offset, bar,
			off);
	return buf;
}

static void
replay_print(const char *what, const uint8_t *data, uint32_t n)
{
	uint32_t i;

	fprintf(stderr, ", %s ", what);
	/* As a number: the highest byte first. */
	for (i = 0; i < n && n <= 8; i++)
		fprintf(stderr, "%02x", data[n - 1 - i]);
	if (n > 8)
		fprintf(stderr, "%02x there", data[0]);
}

/* Say what differs, from byte i on. */
static void
replay_differ(struct replay *r, const struct traced_read *read, uint32_t i)
{
	char name[64];
	uint32_t from = read->len <= 8 ? 0 : i;

	if (++r->differ > REPLAY_SHOWN)
		return;
	fprintf(stderr, "%s:%u: read of %u bytes: %s", r->path, r->line, read->len,
		replay_name(r, read->bar, read->off + i, name, sizeof(name)));
	replay_print("want", read->data + from, read->len - from);
	replay_print("got", r->got + from, read->len - from);
	fputc('\n', stderr);
}

/* Compare what was read with what the trace has. */
static void
replay_compare(struct replay *r, uint8_t bar, uint32_t off, uint32_t len)
{
	const struct traced_read read = { r->nic->model, r->nic->conf.revision, r->mapped, bar, off,
		len, r->want };
	bool in_part = false, not_at_all = true, told = false;
	uint32_t i;

	for (i = 0; i < len; i++) {
		uint8_t left_out = bar == REPLAY_CONFIG ? 0 : volatile_bits(&read, i);

		in_part |= left_out != 0;
		not_at_all &= left_out == UINT8_MAX;
		if (((r->want[i] ^ r->got[i]) & (uint8_t)~left_out) != 0 && !told) {
			replay_differ(r, &read, i);
			told = true;
		}
	}
	r->reads++;
	r->not_at_all += not_at_all;
	r->in_part += in_part && !not_at_all;
}

/* Bytes of a value: a number where its size is that of one. */
static void
replay_value(struct replay *r, const char *word, uint32_t len)
{
	char byte[3] = "";
	rte_le64_t val;
	uint32_t i;

	if (len <= sizeof(val) && rte_is_power_of_2(len)) {
		val = rte_cpu_to_le_64(replay_number(r, word, 16, UINT64_MAX));
		memcpy(r->want, &val, len);
		return;
	}
	if (strlen(word) != 2 * (size_t)len) {
		replay_bad(r, "the value has another length than the access");
		return;
	}
	for (i = 0; i < len; i++) {
		memcpy(byte, word + 2 * (size_t)i, 2);
		r->want[i] = (uint8_t)replay_number(r, byte, 16, UINT8_MAX);
	}
}

/* OFFSET SIZE VALUE; the value goes to want. @return whether they make sense. */
static bool
replay_access(struct replay *r, char **arg, uint32_t *off, uint32_t *len)
{
	*off = (uint32_t)replay_number(r, arg[0], 16, UINT32_MAX);
	*len = (uint32_t)replay_number(r, arg[1], 16, REPLAY_DATA);
	if (*len == 0)
		replay_bad(r, "an access of no bytes");
	else
		replay_value(r, arg[2], *len);
	return !r->bad;
}

static void
replay_read(struct replay *r, char **arg)
{
	uint8_t bar = (uint8_t)replay_number(r, arg[0], 16, NIC_PCI_BARS - 1);
	uint32_t off, len;

	if (!replay_access(r, arg + 1, &off, &len))
		return;
	nic_pci_bar_read(r->nic, bar, off, r->got, len);
	replay_compare(r, bar, off, len);
}

static void
replay_write(struct replay *r, char **arg)
{
	uint8_t bar = (uint8_t)replay_number(r, arg[0], 16, NIC_PCI_BARS - 1);
	uint32_t off, len;

	if (replay_access(r, arg + 1, &off, &len))
		nic_pci_bar_write(r->nic, bar, off, r->want, len);
}

static void
replay_config_read(struct replay *r, char **arg)
{
	uint32_t off, len;

	if (!replay_access(r, arg, &off, &len))
		return;
	nic_pci_config_read(r->nic->config, off, r->got, len);
	replay_compare(r, REPLAY_CONFIG, off, len);
}

static void
replay_config_write(struct replay *r, char **arg)
{
	uint32_t off, len;

	if (replay_access(r, arg, &off, &len) &&
		nic_pci_config_write(r->nic->config, off, r->want, len))
		r->nic->model->pci->command(r->nic);
}

/* Memory of zeroes, which takes no room until it is written to. */
static void
replay_map(struct replay *r, char **arg)
{
	struct replay_map *m = &r->map[r->n_maps];

	if (strcmp(arg[2], "rw") != 0)
		return;
	if (r->n_maps == REPLAY_MAPS) {
		replay_bad(r, "too many maps");
		return;
	}
	m->iova = replay_number(r, arg[0], 16, UINT64_MAX);
	m->size = replay_number(r, arg[1], 16, BIT64(40));
	/* cppcheck-suppress invalidFunctionArg ; it does not know anonymous memory */
	m->hva = mmap(NULL, m->size, PROT_READ | PROT_WRITE, REPLAY_MAP, -1, 0);
	if (m->hva == MAP_FAILED) {
		replay_bad(r, "no memory for the map");
		return;
	}
	r->n_maps++;
	if (gmem_add(&r->mem, m->iova, m->size, m->hva) < 0)
		replay_bad(r, "the map is not possible");
}

static void
replay_unmap_range(struct replay *r, uint64_t iova, uint64_t size)
{
	unsigned int i;

	for (i = r->n_maps; i-- > 0;) {
		struct replay_map *m = &r->map[i];

		if (m->iova < iova || m->size > size || m->iova - iova > size - m->size)
			continue;
		gmem_del(&r->mem, m->iova, m->size);
		munmap(m->hva, m->size);
		*m = r->map[--r->n_maps];
	}
}

static void
replay_unmap(struct replay *r, char **arg)
{
	replay_unmap_range(r, replay_number(r, arg[0], 16, UINT64_MAX),
		replay_number(r, arg[1], 16, UINT64_MAX));
}

static void
replay_reset(struct replay *r, char **arg)
{
	r->nic->model->reset(r->nic);
	nic_config_reset(r->nic);
}

static void
replay_connect(struct replay *r, char **arg)
{
	r->ended = false;
}

/* The client left: what guest_events.c does then. */
static void
replay_gone(struct replay *r, char **arg)
{
	replay_reset(r, arg);
	replay_unmap_range(r, 0, UINT64_MAX);
	r->ended = true;
}

/* What the client said of interrupts is the transport's; the ROM is no register. */
static void
replay_skip(struct replay *r, char **arg)
{
}

static const struct {
	const char *word;
	unsigned int n_args;
	void (*run)(struct replay *r, char **arg);
} replay_ops[] = {
	{ "r", 4, replay_read },
	{ "w", 4, replay_write },
	{ "cr", 3, replay_config_read },
	{ "cw", 3, replay_config_write },
	{ "rom", 2, replay_skip },
	{ "irq", 4, replay_skip },
	{ "map", 3, replay_map },
	{ "unmap", 2, replay_unmap },
	{ "reset", 0, replay_reset },
	{ "connect", 0, replay_connect },
	{ "gone", 0, replay_gone },
};

static void
replay_event(struct replay *r, char *line)
{
	char *word[REPLAY_WORDS + 1] = { NULL }, *save = NULL;
	unsigned int i, n = 0;

	for (word[0] = strtok_r(line, " ", &save); n < REPLAY_WORDS && word[n] != NULL;)
		word[++n] = strtok_r(NULL, " ", &save);
	for (i = 0; n > 0 && i < RTE_DIM(replay_ops); i++) {
		if (strcmp(word[0], replay_ops[i].word) != 0 || n != 1 + replay_ops[i].n_args)
			continue;
		replay_ops[i].run(r, word + 1);
		return;
	}
	replay_bad(r, "no such event, or not with so many words");
}

static void
replay_line(struct replay *r, char *line)
{
	if (++r->line == 1) {
		if (strcmp(line, "# ringhub register trace 1") != 0)
			replay_bad(r, "not a register trace of version 1");
	} else if (r->line == 2) {
		replay_title(r, line);
	} else if (strcmp(line, "# full") == 0) {
		r->ended = true;
	} else if (line[0] != '#') {
		replay_event(r, line);
	}
}

static void
replay_lines(struct replay *r)
{
	struct trace_file f;
	size_t room = 0;
	char *line = NULL;

	if (trace_file_open(&f, r->path) < 0) {
		replay_bad(r, strerror(errno));
		return;
	}
	while (!r->bad && getline(&line, &room, f.in) > 0) {
		line[strcspn(line, "\n")] = '\0';
		replay_line(r, line);
	}
	free(line);
	if (trace_file_close(&f) < 0 && !r->bad)
		replay_bad(r, "cannot be read to its end");
	if (!r->bad && (!r->ended || r->reads == 0))
		replay_bad(r, "the trace ends before the client left, or has no reads");
}

static void
replay_test(void)
{
	struct replay *r = &replay;

	CU_ASSERT_EQUAL_FATAL(gmem_init(&r->mem), 0);
	replay_lines(r);
	fprintf(stderr,
		"%s: %u lines, %lu reads compared, %lu of them in part and %lu not at all, %u "
		"differ\n",
		r->path, r->line, r->reads, r->in_part, r->not_at_all, r->differ);
	CU_ASSERT_FALSE(r->bad);
	CU_ASSERT_EQUAL(r->differ, r->wanted);
	replay_unmap_range(r, 0, UINT64_MAX);
	nic_destroy(r->nic);
	gmem_fini(&r->mem);
}

static void
replay_rows_test(void)
{
	const char *name = volatile_check();

	if (name != NULL)
		fprintf(stderr, "volatile.c: there is no register %s\n", name);
	CU_ASSERT_PTR_NULL(name);
}

static void
replay_suites(void)
{
	CU_pSuite s = CU_add_suite("traces", NULL, NULL);

	CU_add_test(s, "volatile registers exist", replay_rows_test);
	CU_add_test(s, replay.path, replay_test);
}

int
main(int argc, char **argv)
{
	struct replay *r = &replay;
	int at = 1;

	if (argc > 3 && strcmp(argv[1], "--differences") == 0) {
		r->wanted = (unsigned int)replay_number(r, argv[2], 10, UINT32_MAX);
		at = 3;
	}
	if (argc != at + 1 || r->bad) {
		fprintf(stderr, "usage: replay [--differences N] FILE\n");
		return 1;
	}
	r->path = argv[at];
	return test_main("", replay_suites);
}
