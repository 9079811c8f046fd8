/* SPDX-License-Identifier: BSD-3-Clause */
/* e1000 and rtl8139 (C+ mode), both directions; interrupts are masked, so that no clock counts. */
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "nic/e1000/e1000_desc.h"
#include "nic/e1000/e1000_regs.h"
#include "nic/nic.h"
#include "nic/nic_pci.h"
#include "nic/rtl8139/rtl8139_desc.h"
#include "nic/rtl8139/rtl8139_regs.h"
#include "perf.h"

#define PERF_TX 1u /* ring numbers, as PERF_RING() and perf_buf() count */
#define PERF_RX 0u

struct perf_card {
	struct nic *nic;
	struct gmem mem;
	uint8_t *hva;
	unsigned int descs; /* of each ring */
	unsigned int next;  /* of the ring that is used */
	uint16_t burst, frame_len;
	struct rte_mbuf *pkts[PERF_MAX_BURST];
};

static void
perf_irq(void *ctx, uint16_t vec)
{
}

static const struct nic_irq_ops perf_irq_ops = { perf_irq, perf_irq };

static void
perf_write(struct perf_card *p, unsigned int bar, uint32_t off, uint32_t val, uint32_t len)
{
	val = rte_cpu_to_le_32(val);
	nic_pci_bar_write(p->nic, (uint8_t)bar, off, &val, len);
}

static struct perf_card *
perf_card_open(const struct perf_case *c, const char *model, unsigned int descs)
{
	const struct nic_conf conf = { .name = "perf",
		.n_queues = 1,
		.mac = { { 2, 0, 0, 0, 0, 0 } },
		.carry = true };
	const uint16_t command = NIC_PCI_COMMAND_MASTER | 3;
	struct perf_card *p = calloc(1, sizeof(*p));
	unsigned int i;

	p->burst = c->burst;
	p->frame_len = c->frame_len;
	p->descs = descs;
	p->hva = calloc(1, PERF_MEM_LEN);
	for (i = 0; i < descs; i++)
		perf_frame(perf_at(p->hva, perf_buf(PERF_TX, i)), p->frame_len, 9);
	gmem_init(&p->mem);
	gmem_add(&p->mem, PERF_GPA, PERF_MEM_LEN, p->hva);
	p->nic = nic_create(nic_model_find(model), &conf, &p->mem, &perf_irq_ops, p);
	if (p->nic->model->pci->shared_len > 0) {
		p->nic->shared = calloc(1, p->nic->model->pci->shared_len);
		p->nic->model->reset(p->nic);
	}
	p->nic->pool[0] = perf_pool;
	if (nic_pci_config_write(p->nic->config, NIC_PCI_COMMAND, &command, sizeof(command)))
		p->nic->model->pci->command(p->nic);
	return p;
}

static void
perf_card_close(void *ctx)
{
	struct perf_card *p = ctx;

	free(p->nic->shared);
	nic_destroy(p->nic);
	gmem_fini(&p->mem);
	free(p->hva);
	free(p);
}

static uint16_t
perf_card_from(void *ctx)
{
	struct perf_card *p = ctx;

	return p->nic->model->from_guest(p->nic, 0, p->pkts, p->burst);
}

static uint16_t
perf_card_to(void *ctx)
{
	struct perf_card *p = ctx;

	return p->nic->model->to_guest(p->nic, 0, p->pkts, p->burst);
}

static bool
perf_card_from_finish(void *ctx)
{
	struct perf_card *p = ctx;
	const struct rte_mbuf *last = p->pkts[p->burst - 1];
	bool good = last->pkt_len == p->frame_len &&
		    perf_is_frame(rte_pktmbuf_mtod(last, uint8_t *), p->frame_len);

	rte_pktmbuf_free_bulk(p->pkts, p->burst);
	return good;
}

static bool
perf_card_to_finish(void *ctx)
{
	struct perf_card *p = ctx;
	unsigned int last = (p->next + p->descs - 1) % p->descs;

	return perf_is_frame(perf_at(p->hva, perf_buf(PERF_RX, last)), p->frame_len);
}

static void *
perf_e1000_open(const struct perf_case *c)
{
	static const uint32_t ring[][2] = { { E1000_RDBAL, PERF_RX }, { E1000_TDBAL, PERF_TX } };
	struct perf_card *p = perf_card_open(c, "e1000", PERF_DESCS);
	unsigned int i;

	for (i = 0; i < RTE_DIM(ring); i++) {
		perf_write(p, 0, ring[i][0], PERF_RING(ring[i][1]), 4);
		perf_write(p, 0, ring[i][0] - E1000_RDBAL + E1000_RDLEN,
			PERF_DESCS * sizeof(struct e1000_desc), 4);
	}
	perf_write(p, 0, E1000_TCTL, E1000_TCTL_EN, 4);
	perf_write(p, 0, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_UPE | E1000_RCTL_BAM, 4);
	return p;
}

/* The next descriptors of a ring, and the tail behind them. */
static bool
perf_e1000_post(struct perf_card *p, unsigned int idx, uint32_t info, uint32_t tail)
{
	struct e1000_desc *desc = perf_at(p->hva, PERF_RING(idx));
	uint16_t i;

	for (i = 0; i < p->burst; i++) {
		desc[p->next] = (struct e1000_desc){ rte_cpu_to_le_64(perf_buf(idx, p->next)),
			rte_cpu_to_le_64(info) };
		p->next = (p->next + 1) % p->descs;
	}
	__atomic_store_n((uint32_t *)(void *)(p->nic->shared + tail), rte_cpu_to_le_32(p->next),
		__ATOMIC_RELEASE);
	return true;
}

static bool
perf_e1000_from_prepare(void *ctx)
{
	struct perf_card *p = ctx;

	return perf_e1000_post(p, PERF_TX, E1000_TXD_EOP | E1000_TXD_RS | p->frame_len, E1000_TDT);
}

static bool
perf_e1000_to_prepare(void *ctx)
{
	struct perf_card *p = ctx;

	return perf_e1000_post(p, PERF_RX, 0, E1000_RDT) &&
	       perf_mbufs(p->pkts, p->burst, p->frame_len);
}

static void *
perf_rtl8139_open(const struct perf_case *c)
{
	static const uint32_t reg32[][2] = { { RTL_RDSAR, PERF_RING(PERF_RX) },
		{ RTL_RDSAR + 4, 0 }, { RTL_TNPDS, PERF_RING(PERF_TX) }, { RTL_TNPDS + 4, 0 } };
	struct perf_card *p = perf_card_open(c, "rtl8139", RTL_RING_DESCS);
	unsigned int i;

	perf_write(p, 1, RTL_CPCMD, RTL_CPCMD_TXEN | RTL_CPCMD_RXEN, 2);
	for (i = 0; i < RTE_DIM(reg32); i++)
		perf_write(p, 1, reg32[i][0], reg32[i][1], 4);
	perf_write(p, 1, RTL_CR, RTL_CR_TE | RTL_CR_RE, 1);
	perf_write(p, 1, RTL_RCR, RTL_RCR_AAP | RTL_RCR_APM | RTL_RCR_AB, 4);
	return p;
}

static bool
perf_rtl8139_post(struct perf_card *p, unsigned int idx, uint32_t dw0)
{
	struct rtl8139_desc *desc = perf_at(p->hva, PERF_RING(idx));
	uint16_t i;

	for (i = 0; i < p->burst; i++) {
		uint32_t eor = p->next == p->descs - 1 ? RTL_DESC_EOR : 0;

		desc[p->next] = (struct rtl8139_desc){ rte_cpu_to_le_32(RTL_DESC_OWN | eor | dw0),
			0, rte_cpu_to_le_32((uint32_t)perf_buf(idx, p->next)), 0 };
		p->next = (p->next + 1) % p->descs;
	}
	return true;
}

static bool
perf_rtl8139_from_prepare(void *ctx)
{
	struct perf_card *p = ctx;

	perf_rtl8139_post(p, PERF_TX, RTL_DESC_FS | RTL_DESC_LS | p->frame_len);
	perf_write(p, 1, RTL_TPPOLL, RTL_TPPOLL_NPQ, 1);
	return true;
}

static bool
perf_rtl8139_to_prepare(void *ctx)
{
	struct perf_card *p = ctx;

	return perf_rtl8139_post(p, PERF_RX, PERF_BUF_LEN) &&
	       perf_mbufs(p->pkts, p->burst, p->frame_len);
}

const struct perf_loop perf_card_loops[] = {
	{ "e1000-from", perf_e1000_open, perf_e1000_from_prepare, perf_card_from,
		perf_card_from_finish, perf_card_close },
	{ "e1000-to", perf_e1000_open, perf_e1000_to_prepare, perf_card_to, perf_card_to_finish,
		perf_card_close },
	{ "rtl8139-from", perf_rtl8139_open, perf_rtl8139_from_prepare, perf_card_from,
		perf_card_from_finish, perf_card_close },
	{ "rtl8139-to", perf_rtl8139_open, perf_rtl8139_to_prepare, perf_card_to,
		perf_card_to_finish, perf_card_close },
};
const unsigned int perf_n_card_loops = RTE_DIM(perf_card_loops);
