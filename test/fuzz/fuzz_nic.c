/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a NIC model as a PCI function. FUZZ_MODEL, given by the compiler, says which. */
#include <stdlib.h>

#include <rte_common.h>

#include "fuzz.h"
#include "fuzz_model.h"
#include "gmem/gmem.h"
#include "nic/nic.h"
#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "nic/nic_rx_filter.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Bits of the first byte of an input. */
#define NIC_CARRY   (1 << 0)
#define NIC_SHARED  (1 << 1) /* the guest may map registers */
#define NIC_PACKED  (1 << 2)
#define NIC_OLD	    (1 << 3) /* another revision: rtl8139: without C+ */
#define NIC_MTU	    (1 << 4)
#define NIC_NO_CTRL (1 << 5) /* virtio: fewer features */
#define NIC_HIGH    (1 << 6) /* memory at the end of all addresses */
#define NIC_PAIRS   (1 << 7) /* two queue pairs, where there may be */

#define NIC_OPS 700 /* of one input */

/** All of one run. */
struct fuzz_nic {
	const struct fuzz_model *model;
	struct gmem mem;
	struct nic *nic;
	struct fuzz_port port;
	uint8_t *shared;
	uint8_t *log;
	bool line;
};

static void
nic_raise(void *ctx, uint16_t vec)
{
	struct fuzz_nic *f = ctx;

	if (vec == 0)
		f->line = true;
	else if (vec < NIC_VEC_MSI)
		FUZZ_CHECK(vec <= f->nic->model->pci->n_msix);
	else
		FUZZ_CHECK(
			vec - NIC_VEC_MSI < (int)nic_pci_msi(f->nic->config, f->nic->model->pci));
}

static void
nic_lower(void *ctx, uint16_t vec)
{
	FUZZ_CHECK(vec == 0);
	((struct fuzz_nic *)ctx)->line = false;
}

static const struct nic_irq_ops nic_irq_ops = { nic_raise, nic_lower };

static uint16_t
nic_from_guest(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	struct nic *nic = dev;

	return nic->model->from_guest(nic, q, pkts, n);
}

static uint16_t
nic_to_guest(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	struct nic *nic = dev;
	uint16_t chosen = q;

	if (n > 0 && nic->steers && nic->model->select(nic, pkts, 1, &chosen))
		FUZZ_CHECK(chosen < nic->conf.n_queues);
	return nic->model->to_guest(nic, chosen, pkts, n);
}

static void
nic_access(struct fuzz_nic *f, uint8_t bar, uint64_t off, void *buf, uint32_t len, bool write)
{
	if (write) {
		/* What is held does not matter here, but the question must not hurt. */
		nic_pci_bar_holds(f->nic, bar, off, len);
		nic_pci_bar_write(f->nic, bar, off, buf, len);
	} else {
		nic_pci_bar_read(f->nic, bar, off, buf, len);
	}
}

/* An access by a driver: in the BAR that matters. */
static void
nic_op_write(struct fuzz_nic *f, struct fuzz_in *in, uint32_t size)
{
	uint32_t off = fuzz_u16(in), val = 0;

	fuzz_read(in, &val, size);
	nic_access(f, f->model->bar, off, &val, size, true);
}

static void
nic_op_write4(struct fuzz_nic *f, struct fuzz_in *in)
{
	nic_op_write(f, in, 4);
}

static void
nic_op_write2(struct fuzz_nic *f, struct fuzz_in *in)
{
	nic_op_write(f, in, 2);
}

static void
nic_op_write1(struct fuzz_nic *f, struct fuzz_in *in)
{
	nic_op_write(f, in, 1);
}

static void
nic_op_read(struct fuzz_nic *f, struct fuzz_in *in)
{
	uint32_t off = fuzz_u16(in), val, size = 1u << fuzz_u8(in) % 3;

	nic_access(f, f->model->bar, off, &val, size, false);
}

/* Any access to any BAR. */
static void
nic_op_access(struct fuzz_nic *f, struct fuzz_in *in)
{
	uint8_t how = fuzz_u8(in), len = fuzz_u8(in), data[256];
	uint64_t off = how & 0x40 ? fuzz_u64(in) : fuzz_u32(in) & 0x3ffff;

	if (how & 0x80)
		fuzz_read(in, data, len);
	nic_access(f, (how & 0x3f) % NIC_PCI_BARS, off, data, len, how & 0x80);
}

static void
nic_op_config(struct fuzz_nic *f, struct fuzz_in *in)
{
	const struct nic_pci *pci = f->nic->model->pci;
	uint32_t off = fuzz_u8(in), len = fuzz_u8(in);
	uint8_t data[128];

	if (!(len & 0x80)) {
		if (pci->config_reads != NULL)
			pci->config_reads(f->nic, off, len);
		nic_pci_config_read(f->nic->config, off, data, len);
		return;
	}
	len &= 0x7f;
	fuzz_read(in, data, len);
	if (nic_pci_config_write(f->nic->config, off, data, len))
		pci->command(f->nic);
	if (pci->config_wrote != NULL)
		pci->config_wrote(f->nic, off, len);
}

static void
nic_op_mem(struct fuzz_nic *f, struct fuzz_in *in)
{
	fuzz_mem_op(in);
}

static void
nic_op_fill(struct fuzz_nic *f, struct fuzz_in *in)
{
	fuzz_mem_fill_op(in);
}

/* A store to registers that are mapped. */
static void
nic_op_poke(struct fuzz_nic *f, struct fuzz_in *in)
{
	uint32_t off = fuzz_u16(in) & ~3u, val = fuzz_u32(in);
	uint8_t *p = f->shared == NULL ? NULL : nic_pci_shared(f->nic, off);

	if (p != NULL)
		__atomic_store_n((uint32_t *)p, val, __ATOMIC_RELEASE);
}

static void
nic_op_from(struct fuzz_nic *f, struct fuzz_in *in)
{
	fuzz_from_op(&f->port, in);
}

static void
nic_op_to(struct fuzz_nic *f, struct fuzz_in *in)
{
	fuzz_to_op(&f->port, in);
}

/* As the guest does for a reset, or for a client that is gone. */
static void
nic_op_reset(struct fuzz_nic *f, struct fuzz_in *in)
{
	unsigned int i;

	f->nic->model->reset(f->nic);
	nic_config_reset(f->nic);
	FUZZ_CHECK(!f->line && f->nic->model->pairs_up(f->nic) == 0);
	if (!(fuzz_u8(in) & 1))
		return;
	gmem_clear(&f->mem);
	for (i = 0; i < FUZZ_PIECES; i++)
		fuzz_mem_set(i, false);
}

static void
nic_op_link(struct fuzz_nic *f, struct fuzz_in *in)
{
	f->nic->model->set_link(f->nic, fuzz_u8(in) & 1);
}

/* Plug a piece of memory, or pull it. */
static void
nic_op_region(struct fuzz_nic *f, struct fuzz_in *in)
{
	unsigned int i = fuzz_u8(in) % FUZZ_PIECES;
	struct fuzz_piece *p = &fuzz_piece[i];

	if (p->there)
		FUZZ_CHECK(gmem_del(&f->mem, p->gpa, p->len) == 0);
	else
		FUZZ_CHECK(gmem_add(&f->mem, p->gpa, p->len, p->hva) == 0);
	fuzz_mem_set(i, !p->there);
}

static void
nic_op_counters(struct fuzz_nic *f, struct fuzz_in *in)
{
	const struct nic_model *m = f->nic->model;
	uint16_t i, q = (uint16_t)(fuzz_u8(in) % f->port.n_queues);

	for (i = 0; i < m->n_stats; i++)
		stat_read(m->counters(f->nic, q), &m->stats[i]);
	m->counters_clear(f->nic, q);
	m->pairs_up(f->nic);
}

/* A dirty log that may be shorter than memory. */
static void
nic_op_log(struct fuzz_nic *f, struct fuzz_in *in)
{
	uint8_t len = fuzz_u8(in) % 16;

	gmem_set_log(&f->mem, NULL, 0);
	free(f->log);
	f->log = len == 0 ? NULL : calloc(1, len);
	gmem_set_log(&f->mem, f->log, len);
}

static void
nic_op_starve(struct fuzz_nic *f, struct fuzz_in *in)
{
	fuzz_starve_op(in);
}

/* What people look at. */
static void
nic_op_view(struct fuzz_nic *f, struct fuzz_in *in)
{
	const struct nic_pci *pci = f->nic->model->pci;
	const struct nic_reg *row = &pci->regs->row[fuzz_u8(in) % pci->regs->n];
	struct nic_rx_filter filter = { 0 };
	uint32_t i;

	for (i = 0; i < row->count && i < 16; i++)
		pci->peek(f->nic, row, row->offset + i * row->width);
	f->nic->model->rx_filter(f->nic, &filter);
	FUZZ_CHECK(filter.n_macs <= NIC_RX_FILTER_MACS);
}

static void (*const nic_ops[])(struct fuzz_nic *f, struct fuzz_in *in) = {
	nic_op_write4,
	nic_op_write2,
	nic_op_write1,
	nic_op_read,
	nic_op_access,
	nic_op_config,
	nic_op_mem,
	nic_op_fill,
	nic_op_poke,
	nic_op_from,
	nic_op_to,
	nic_op_reset,
	nic_op_link,
	nic_op_region,
	nic_op_counters,
	nic_op_log,
	nic_op_starve,
	nic_op_view,
};

static void
nic_share(struct fuzz_nic *f)
{
	uint32_t len = f->nic->model->pci->shared_len;

	if (len == 0)
		return;
	f->shared = aligned_alloc(4096, len);
	FUZZ_CHECK(f->shared != NULL);
	memset(f->shared, 0, len);
	f->nic->shared = f->shared;
	f->nic->model->reset(f->nic);
}

static bool
nic_up(struct fuzz_nic *f, uint8_t how)
{
	const struct nic_model *model = nic_model_find(f->model->name);
	struct nic_conf conf = { .name = "fuzz",
		.mac = fuzz_mac,
		.n_queues = how & NIC_PAIRS && model->max_queues > 1 ? 2 : 1,
		.carry = how & NIC_CARRY,
		.waits = how & NIC_PAIRS, /* virtio always does, the others have one pair */
		.packed = how & NIC_PACKED,
		.mtu = how & NIC_MTU ? 1500 : 0,
		.revision = how & NIC_OLD ? 0x10 : 0,
		.features_mask = how & NIC_NO_CTRL ? ~UINT64_C(0x20003) : ~UINT64_C(0) };
	uint16_t q;

	FUZZ_CHECK(gmem_init(&f->mem) == 0);
	f->nic = nic_create(model, &conf, &f->mem, &nic_irq_ops, f);
	if (f->nic == NULL)
		return false;
	for (q = 0; q < conf.n_queues; q++)
		f->nic->pool[q] = fuzz_pool;
	if (how & NIC_SHARED)
		nic_share(f);
	f->port = (struct fuzz_port){ nic_from_guest, nic_to_guest, f->nic, conf.n_queues,
		conf.carry, model->finishes, FUZZ_WORK };
	return true;
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	fuzz_init();
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_nic f = { .model = &FUZZ_MODEL };
	struct fuzz_in in = { data, len };
	uint8_t how = fuzz_u8(&in);
	unsigned int i;

	fuzz_begin(fuzz_u8(&in));
	fuzz_mem_reset(how & NIC_HIGH);
	if (nic_up(&f, how)) {
		for (i = 0; i < FUZZ_PIECES; i++)
			nic_op_region(&f, &(struct fuzz_in){ (const uint8_t *)"\0\1\2" + i, 1 });
		for (i = 0; i < NIC_OPS && in.left > 0 && f.port.work > 0; i++) {
			nic_ops[fuzz_u8(&in) % RTE_DIM(nic_ops)](&f, &in);
			FUZZ_CHECK(f.model->line_ok(f.nic, f.line));
			FUZZ_CHECK(f.model->state_ok(f.nic));
		}
		nic_destroy(f.nic);
	}
	gmem_fini(&f.mem);
	free(f.shared);
	free(f.log);
	fuzz_end();
	return 0;
}
