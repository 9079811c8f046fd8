/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver of the 82540EM, polling, with legacy descriptors. Source: Intel PCI/PCI-X Family of Gigabit
 * Ethernet Controllers Software Developer's Manual (317453): 14.3 to 14.5 (initialisation), 3.2.3 and 3.3.3
 * (descriptors), 13.4 (registers).
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "bench_driver.h"
#include "transport/transport.h"

/* 13.4: offsets, and the bits that are used. */
enum {
	REG_CTRL = 0x0000,
	REG_IMC = 0x00d8,
	REG_RCTL = 0x0100,
	REG_TCTL = 0x0400,
	REG_RDBAL = 0x2800,
	REG_TDBAL = 0x3800,
	RING_BAH = 0x04,
	RING_LEN = 0x08,
	RING_HEAD = 0x10,
	RING_TAIL = 0x18,
};
#define CTRL_FD_SLU	     0x00000041u /* full duplex, set link up */
#define RCTL_EN_UPE_MPE_BAM  0x0000801au /* enable; unicast, multicast and broadcast all pass */
#define RCTL_SECRC	     0x04000000u /* strip the CRC; BSIZE 0 is 2,048 bytes */
#define TCTL_EN_PSP	     0x0000000au
#define PCI_COMMAND	     0x04
#define PCI_COMMAND_MEM_MAST 0x0006u

/* 3.2.3 and 3.3.3: both legacy layouts, 16 bytes. */
struct e1000_legacy {
	rte_le64_t addr;
	rte_le16_t len;
	uint8_t cso, cmd;    /* transmit; the checksum on receive */
	uint8_t status, css; /* errors on receive */
	rte_le16_t special;
};
#define STATUS_DD    0x01u
#define CMD_EOP_IFCS 0x03u
#define CMD_RS	     0x08u

struct drv_ring {
	struct e1000_legacy *desc;
	uint8_t *buf;
	uint16_t size, next,
		clean; /* next: to fill or to look at; clean (transmit): oldest not done */
	uint16_t last; /* receive: last one looked at */
};

struct drv_e1000 {
	struct transport *tr;
	struct drv_ring rx, tx;
};

static void
e1000_write(struct drv_e1000 *e, uint32_t reg, uint32_t val)
{
	rte_le32_t le = rte_cpu_to_le_32(val);

	e->tr->events->bar_write(e->tr->ctx, 0, reg, &le, sizeof(le));
}

static uint64_t
e1000_memory(uint16_t ring)
{
	return 2 * ((uint64_t)ring * (BENCH_DRIVER_BUF + sizeof(struct e1000_legacy)) +
			   UINT64_C(2) * 4096);
}

static void
e1000_ring(struct drv_e1000 *e, struct drv_ring *r, struct bench_memory *m, uint32_t reg)
{
	uint64_t gpa;
	uint16_t i;

	r->desc = bench_memory_take(m, r->size * sizeof(*r->desc));
	r->buf = bench_memory_take(m, (uint64_t)r->size * BENCH_DRIVER_BUF);
	for (i = 0; i < r->size; i++)
		r->desc[i].addr = rte_cpu_to_le_64(
			bench_memory_gpa(m, r->buf + (size_t)i * BENCH_DRIVER_BUF));
	gpa = bench_memory_gpa(m, r->desc);
	e1000_write(e, reg, (uint32_t)gpa);
	e1000_write(e, reg + RING_BAH, (uint32_t)(gpa >> 32));
	e1000_write(e, reg + RING_LEN, (uint32_t)(r->size * sizeof(*r->desc)));
	e1000_write(e, reg + RING_HEAD, 0);
	e1000_write(e, reg + RING_TAIL, 0);
}

static int
e1000_start(void *state, struct transport *tr, struct bench_memory *m, uint16_t ring)
{
	const rte_le16_t command = rte_cpu_to_le_16(PCI_COMMAND_MEM_MAST);
	struct drv_e1000 *e = state;

	e->tr = tr;
	e->rx.size = e->tx.size = ring;
	tr->events->config_write(tr->ctx, PCI_COMMAND, &command, sizeof(command));
	e1000_write(e, REG_IMC, UINT32_MAX);
	e1000_write(e, REG_CTRL, CTRL_FD_SLU);
	e1000_ring(e, &e->tx, m, REG_TDBAL);
	e1000_write(e, REG_TCTL, TCTL_EN_PSP);
	e1000_ring(e, &e->rx, m, REG_RDBAL);
	e1000_write(e, REG_RCTL, RCTL_EN_UPE_MPE_BAM | RCTL_SECRC);
	e1000_write(e, REG_RDBAL + RING_TAIL, ring - 1u);
	return 0;
}

static bool
e1000_is_done(const struct e1000_legacy *d)
{
	return (__atomic_load_n(&d->status, __ATOMIC_ACQUIRE) & STATUS_DD) != 0;
}

/* One descriptor stays empty: head == tail is an empty ring. */
static uint8_t *
e1000_buffer(void *state)
{
	struct drv_ring *r = &((struct drv_e1000 *)state)->tx;
	uint16_t after = (uint16_t)((r->next + 1) & (r->size - 1));

	while (r->clean != r->next && e1000_is_done(&r->desc[r->clean])) {
		r->desc[r->clean].status = 0;
		r->clean = (uint16_t)((r->clean + 1) & (r->size - 1));
	}
	return after == r->clean ? NULL : r->buf + (size_t)r->next * BENCH_DRIVER_BUF;
}

static void
e1000_sent(void *state, uint16_t len)
{
	struct drv_ring *r = &((struct drv_e1000 *)state)->tx;
	struct e1000_legacy *d = &r->desc[r->next];

	d->len = rte_cpu_to_le_16(len);
	d->cmd = CMD_EOP_IFCS | CMD_RS;
	d->status = 0;
	r->next = (uint16_t)((r->next + 1) & (r->size - 1));
}

static void
e1000_flush(void *state)
{
	struct drv_e1000 *e = state;

	e1000_write(e, REG_TDBAL + RING_TAIL, e->tx.next);
}

static const uint8_t *
e1000_came(void *state, uint16_t *len)
{
	struct drv_ring *r = &((struct drv_e1000 *)state)->rx;
	const struct e1000_legacy *d = &r->desc[r->next];

	if (!e1000_is_done(d))
		return NULL;
	*len = rte_le_to_cpu_16(d->len);
	return r->buf + (size_t)r->next * BENCH_DRIVER_BUF;
}

static void
e1000_done(void *state)
{
	struct drv_ring *r = &((struct drv_e1000 *)state)->rx;

	r->desc[r->next].status = 0;
	r->last = r->next;
	r->next = (uint16_t)((r->next + 1) & (r->size - 1));
}

static void
e1000_refill(void *state)
{
	struct drv_e1000 *e = state;

	e1000_write(e, REG_RDBAL + RING_TAIL, e->rx.last);
}

const struct bench_driver bench_driver_e1000 = {
	.model = "e1000",
	.max_ring = 4096,
	.memory = e1000_memory,
	.start = e1000_start,
	.buffer = e1000_buffer,
	.sent = e1000_sent,
	.flush = e1000_flush,
	.came = e1000_came,
	.done = e1000_done,
	.refill = e1000_refill,
	.state_size = sizeof(struct drv_e1000),
};
