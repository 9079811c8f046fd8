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
	return 2 * ((uint64_t)ring * (BENCH_DRIVER_STRIDE + sizeof(struct e1000_legacy)) +
			   UINT64_C(2) * 4096);
}

static uint8_t *
ring_buf(const struct drv_ring *r, uint16_t i)
{
	return r->buf + (size_t)(i & (r->size - 1)) * BENCH_DRIVER_STRIDE;
}

static void
e1000_ring(struct drv_e1000 *e, struct drv_ring *r, struct bench_memory *m, uint32_t reg)
{
	uint64_t gpa;
	uint16_t i;

	r->desc = bench_memory_take(m, r->size * sizeof(*r->desc));
	r->buf = bench_memory_take(m, (uint64_t)r->size * BENCH_DRIVER_STRIDE);
	for (i = 0; i < r->size; i++)
		r->desc[i].addr = rte_cpu_to_le_64(bench_memory_gpa(m, ring_buf(r, i)));
	gpa = bench_memory_gpa(m, r->desc);
	e1000_write(e, reg, (uint32_t)gpa);
	e1000_write(e, reg + RING_BAH, (uint32_t)(gpa >> 32));
	e1000_write(e, reg + RING_LEN, (uint32_t)(r->size * sizeof(*r->desc)));
	e1000_write(e, reg + RING_HEAD, 0);
	e1000_write(e, reg + RING_TAIL, 0);
}

static int
e1000_start(void *state, struct bench_device *dev, struct bench_memory *m,
	const struct bench_pair *pair)
{
	const rte_le16_t command = rte_cpu_to_le_16(PCI_COMMAND_MEM_MAST);
	struct drv_e1000 *e = state;

	e->tr = dev->tr;
	e->rx.size = e->tx.size = pair->ring;
	dev->tr->events->config_write(dev->tr->ctx, PCI_COMMAND, &command, sizeof(command));
	e1000_write(e, REG_IMC, UINT32_MAX);
	e1000_write(e, REG_CTRL, CTRL_FD_SLU);
	e1000_ring(e, &e->tx, m, REG_TDBAL);
	bench_memory_fill(e->tx.buf, pair->ring, 0);
	e1000_write(e, REG_TCTL, TCTL_EN_PSP);
	e1000_ring(e, &e->rx, m, REG_RDBAL);
	e1000_write(e, REG_RCTL, RCTL_EN_UPE_MPE_BAM | RCTL_SECRC);
	e1000_write(e, REG_RDBAL + RING_TAIL, pair->ring - 1u);
	return 0;
}

static bool
e1000_is_done(const struct e1000_legacy *d)
{
	return (__atomic_load_n(&d->status, __ATOMIC_ACQUIRE) & STATUS_DD) != 0;
}

/* One descriptor stays empty: head == tail is an empty ring. */
static uint16_t
e1000_claim(void *state, uint8_t **frame, uint16_t n)
{
	struct drv_ring *r = &((struct drv_e1000 *)state)->tx;
	uint16_t room, i;

	while (r->clean != r->next && e1000_is_done(&r->desc[r->clean])) {
		r->desc[r->clean].status = 0;
		r->clean = (uint16_t)((r->clean + 1) & (r->size - 1));
	}
	room = (uint16_t)((r->clean - r->next - 1) & (r->size - 1));
	n = RTE_MIN(n, room);
	for (i = 0; i < n; i++) {
		frame[i] = ring_buf(r, r->next + i);
		bench_driver_fetch_own(frame[i]);
	}
	return n;
}

static void
e1000_submit(void *state, uint16_t n, uint16_t len)
{
	struct drv_e1000 *e = state;
	struct drv_ring *r = &e->tx;

	for (; n > 0; n--) {
		struct e1000_legacy *d = &r->desc[r->next];

		d->len = rte_cpu_to_le_16(len);
		d->cmd = CMD_EOP_IFCS | CMD_RS;
		d->status = 0;
		r->next = (uint16_t)((r->next + 1) & (r->size - 1));
	}
	e1000_write(e, REG_TDBAL + RING_TAIL, r->next);
}

static uint16_t
e1000_look(void *state, struct bench_view *view, uint16_t n)
{
	struct drv_ring *r = &((struct drv_e1000 *)state)->rx;
	uint16_t i;

	for (i = 0; i < n; i++) {
		const struct e1000_legacy *d = &r->desc[(r->next + i) & (r->size - 1)];

		if (!e1000_is_done(d))
			break;
		view[i].data = ring_buf(r, r->next + i);
		view[i].len = rte_le_to_cpu_16(d->len);
		bench_driver_fetch(view[i].data);
	}
	return i;
}

static void
e1000_release(void *state, uint16_t n)
{
	struct drv_e1000 *e = state;
	struct drv_ring *r = &e->rx;

	for (; n > 0; n--) {
		r->desc[r->next].status = 0;
		r->last = r->next;
		r->next = (uint16_t)((r->next + 1) & (r->size - 1));
	}
	e1000_write(e, REG_RDBAL + RING_TAIL, r->last);
}

const struct bench_driver bench_driver_e1000 = {
	.model = "e1000",
	.max_ring = 4096,
	.memory = e1000_memory,
	.start = e1000_start,
	.claim = e1000_claim,
	.submit = e1000_submit,
	.look = e1000_look,
	.release = e1000_release,
	.state_size = sizeof(struct drv_e1000),
};
