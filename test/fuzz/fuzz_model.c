/* SPDX-License-Identifier: BSD-3-Clause */
/* What must hold in each model after anything a guest did. */
#include "fuzz_model.h"

#include <rte_common.h>

#include "nic/e1000/e1000.h"
#include "nic/nic_pci.h"
#include "nic/rtl8139/rtl8139.h"
#include "nic/virtio/virtio_net.h"

static bool
model_intx(const struct nic *nic)
{
	return !(nic_pci_command(nic->config) & NIC_PCI_COMMAND_NO_INTX);
}

/* Interrupts of the e1000 may wait for the end of a quiet time, but are not forgotten. */
static bool
model_e1000_line(struct nic *nic, bool line)
{
	const struct e1000 *s = nic->state;
	bool pending = (e1000_irq_causes(s) & e1000_irq_enabled(s)) != 0;

	if (line)
		return pending && model_intx(nic);
	return !pending || !model_intx(nic) || e1000_irq_waits(s);
}

static bool
model_e1000_state(struct nic *nic)
{
	const struct e1000_tx *tx = &((struct e1000 *)nic->state)->tx;

	return tx->next_seg <= tx->n_segs && tx->n_segs <= OFFLOAD_MAX_SEGMENTS;
}

/* TOK alone may wait for its time, but is not forgotten. */
static bool
model_rtl8139_line(struct nic *nic, bool line)
{
	const struct rtl8139 *s = nic->state;
	uint32_t pending = rtl8139_irq_status(s) & rtl8139_get16(s, RTL_IMR);

	if (line)
		return pending != 0 && model_intx(nic);
	return pending == 0 || !model_intx(nic) || (pending == RTL_ISR_TOK && rtl8139_irq_waits(s));
}

static bool
model_rtl8139_state(struct nic *nic)
{
	const struct rtl8139 *s = nic->state;

	return s->rx.cbr < rtl8139_ring_size(s) && s->rx.cbr % 4 == 0 && s->tx.slot < RTL_TSD_N &&
	       s->tx.index[0] < RTL_RING_DESCS && s->tx.index[1] < RTL_RING_DESCS &&
	       s->rx.index < RTL_RING_DESCS && s->tx.next_seg <= s->tx.n_segs &&
	       s->tx.n_segs <= OFFLOAD_MAX_SEGMENTS;
}

/* Whether MSI-X is on; PCI Local Bus 3.0, 6.7 and 6.8.2. */
static bool
model_msix(const struct nic *nic)
{
	const uint8_t *space = nic->config->space;
	uint8_t at = space[0x34];

	while (at != 0 && space[at] != 0x11)
		at = space[at + 1];
	return at != 0 && (space[at + 3] & 0x80);
}

static bool
model_virtio_line(struct nic *nic, bool line)
{
	const struct virtio_net *v = nic->state;

	return line == (v->pci.isr != 0 && !model_msix(nic) && model_intx(nic));
}

static bool
model_virtio_state(struct nic *nic)
{
	const struct virtio_net *v = nic->state;

	return v->pci.tx_pairs >= 1 && v->pci.tx_pairs <= nic->conf.n_queues &&
	       v->pci.rx_pairs >= 1 && v->pci.rx_pairs <= nic->conf.n_queues;
}

const struct fuzz_model fuzz_model_e1000 = { "e1000", 0, model_e1000_line, model_e1000_state };
const struct fuzz_model fuzz_model_rtl8139 = { "rtl8139", 1, model_rtl8139_line,
	model_rtl8139_state };
const struct fuzz_model fuzz_model_virtio = { "virtio-net-pci", VIRTIO_PCI_BAR, model_virtio_line,
	model_virtio_state };
