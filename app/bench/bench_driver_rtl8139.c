/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A driver of the RTL8139C+ in C+ mode, polling. Source: Realtek RTL8139C(L)+ datasheet 1.6: section 6
 * (registers), 9 (descriptors and their rings).
 */
#include <stddef.h>

#include <rte_byteorder.h>
#include <rte_common.h>
#include <rte_ether.h>

#include "bench_driver.h"
#include "transport/transport.h"

/* Section 6: offsets in BAR 1, and the bits that are used. */
enum {
	REG_TNPDS = 0x20, /* normal priority transmit ring, 64 bits */
	REG_CR = 0x37,
	REG_IMR = 0x3c,
	REG_TCR = 0x40,
	REG_RCR = 0x44,
	REG_TPPOLL = 0xd9,
	REG_CPCR = 0xe0,
	REG_RDSAR = 0xe4, /* receive ring, 64 bits */
};
#define CR_RST		     0x10u
#define CR_RE_TE	     0x0cu
#define CPCR_RX_TX	     0x03u
#define TCR_IFG_MXDMA	     0x03000700u /* the gap of 802.3; bursts of any length */
#define RCR_ALL		     0x0000e70fu /* no threshold, bursts of any length; everything passes */
#define TPPOLL_NPQ	     0x40u
#define PCI_COMMAND	     0x04
#define PCI_COMMAND_MEM_MAST 0x0006u

/* Section 9: both layouts. */
struct rtl8139_cp_desc {
	rte_le32_t cmd, vlan;
	rte_le64_t addr;
};
#define DESC_OWN    0x80000000u
#define DESC_EOR    0x40000000u
#define DESC_FS_LS  0x30000000u
#define DESC_RX_LEN 0x00001fffu /* of the buffer, then of the frame with its CRC */

struct drv_ring {
	struct rtl8139_cp_desc *desc;
	uint8_t *buf;
	uint16_t size;
	uint16_t next, clean; /* counted up: to fill or to look at; (transmit) oldest not done */
};

struct drv_rtl8139 {
	struct transport *tr;
	struct drv_ring rx, tx;
};

static void
rtl8139_write(struct drv_rtl8139 *r, uint32_t reg, uint32_t val, uint32_t len)
{
	rte_le32_t le = rte_cpu_to_le_32(val);

	r->tr->events->bar_write(r->tr->ctx, 1, reg, &le, len);
}

static uint64_t
rtl8139_memory(uint16_t ring)
{
	return 2 * ((uint64_t)ring * (BENCH_DRIVER_STRIDE + sizeof(struct rtl8139_cp_desc)) +
			   UINT64_C(2) * 4096);
}

/* What stays in a descriptor's command for good. */
static uint32_t
ring_end(const struct drv_ring *r, uint16_t i)
{
	return i == r->size - 1 ? DESC_EOR : 0;
}

static uint8_t *
ring_buf(const struct drv_ring *r, uint16_t i)
{
	return r->buf + (size_t)(i % r->size) * BENCH_DRIVER_STRIDE;
}

static void
rtl8139_ring(struct drv_rtl8139 *dev, struct drv_ring *r, struct bench_memory *m, uint32_t reg)
{
	uint32_t own = reg == REG_RDSAR ? DESC_OWN | BENCH_DRIVER_BUF : 0;
	uint64_t gpa;
	uint16_t i;

	r->desc = bench_memory_take(m, r->size * sizeof(*r->desc));
	r->buf = bench_memory_take(m, (uint64_t)r->size * BENCH_DRIVER_STRIDE);
	for (i = 0; i < r->size; i++) {
		r->desc[i].addr = rte_cpu_to_le_64(bench_memory_gpa(m, ring_buf(r, i)));
		r->desc[i].cmd = rte_cpu_to_le_32(own | ring_end(r, i));
	}
	gpa = bench_memory_gpa(m, r->desc);
	rtl8139_write(dev, reg, (uint32_t)gpa, 4);
	rtl8139_write(dev, reg + 4, (uint32_t)(gpa >> 32), 4);
}

static int
rtl8139_start(void *state, struct bench_device *dev, struct bench_memory *m,
	const struct bench_pair *pair)
{
	const rte_le16_t command = rte_cpu_to_le_16(PCI_COMMAND_MEM_MAST);
	struct drv_rtl8139 *r = state;

	r->tr = dev->tr;
	r->rx.size = r->tx.size = pair->ring;
	dev->tr->events->config_write(dev->tr->ctx, PCI_COMMAND, &command, sizeof(command));
	rtl8139_write(r, REG_CR, CR_RST, 1);
	rtl8139_write(r, REG_IMR, 0, 2);
	rtl8139_write(r, REG_CPCR, CPCR_RX_TX, 2);
	rtl8139_ring(r, &r->tx, m, REG_TNPDS);
	bench_memory_fill(r->tx.buf, pair->ring, 0);
	rtl8139_ring(r, &r->rx, m, REG_RDSAR);
	rtl8139_write(r, REG_CR, CR_RE_TE, 1);
	rtl8139_write(r, REG_TCR, TCR_IFG_MXDMA, 4);
	rtl8139_write(r, REG_RCR, RCR_ALL, 4);
	return 0;
}

static uint32_t
desc_cmd(const struct rtl8139_cp_desc *d)
{
	return rte_le_to_cpu_32(__atomic_load_n(&d->cmd, __ATOMIC_ACQUIRE));
}

static void
desc_give(struct drv_ring *r, uint32_t cmd)
{
	uint16_t i = r->next++ % r->size;

	__atomic_store_n(&r->desc[i].cmd, rte_cpu_to_le_32(cmd | ring_end(r, i)), __ATOMIC_RELEASE);
}

static uint16_t
rtl8139_claim(void *state, uint8_t **frame, uint16_t n)
{
	struct drv_ring *r = &((struct drv_rtl8139 *)state)->tx;
	uint16_t room, i;

	while (r->clean != r->next && (desc_cmd(&r->desc[r->clean % r->size]) & DESC_OWN) == 0)
		r->clean++;
	room = (uint16_t)(r->clean + r->size - r->next);
	n = RTE_MIN(n, room);
	for (i = 0; i < n; i++) {
		frame[i] = ring_buf(r, r->next + i);
		bench_driver_fetch_own(frame[i]);
	}
	return n;
}

static void
rtl8139_submit(void *state, uint16_t n, uint16_t len)
{
	struct drv_rtl8139 *r = state;

	for (; n > 0; n--)
		desc_give(&r->tx, DESC_OWN | DESC_FS_LS | len);
	rtl8139_write(r, REG_TPPOLL, TPPOLL_NPQ, 1);
}

static uint16_t
rtl8139_look(void *state, struct bench_view *view, uint16_t n)
{
	struct drv_ring *r = &((struct drv_rtl8139 *)state)->rx;
	uint16_t i;

	n = RTE_MIN(n, r->size);
	for (i = 0; i < n; i++) {
		uint32_t cmd = desc_cmd(&r->desc[(r->next + i) % r->size]);

		if ((cmd & DESC_OWN) != 0)
			break;
		view[i].data = ring_buf(r, r->next + i);
		view[i].len = (uint16_t)((cmd & DESC_RX_LEN) - RTE_ETHER_CRC_LEN);
		bench_driver_fetch(view[i].data);
	}
	return i;
}

/* The chip looks at the descriptors by itself. */
static void
rtl8139_release(void *state, uint16_t n)
{
	for (; n > 0; n--)
		desc_give(&((struct drv_rtl8139 *)state)->rx, DESC_OWN | BENCH_DRIVER_BUF);
}

const struct bench_driver bench_driver_rtl8139 = {
	.model = "rtl8139",
	.max_ring = 64,
	.memory = rtl8139_memory,
	.start = rtl8139_start,
	.claim = rtl8139_claim,
	.submit = rtl8139_submit,
	.look = rtl8139_look,
	.release = rtl8139_release,
	.state_size = sizeof(struct drv_rtl8139),
};
