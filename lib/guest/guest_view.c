/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking into a guest's NIC: registers, config space, receive filter. */
#include <errno.h>
#include <strings.h>

#include "guest_private.h"
#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "nic/nic_rx_filter.h"

/* The NIC's description, if the guest sees it as a PCI function of ours. */
static const struct nic_pci *
guest_own_pci(const struct guest *g)
{
	return g->tr->ops->vring_only ? NULL : g->nic->model->pci;
}

int
guest_regs(struct guest *g, const char *name, void (*fn)(void *ctx, const struct guest_reg *reg),
	void *ctx)
{
	const struct nic_pci *pci = guest_own_pci(g);
	struct guest_reg reg;
	unsigned int i;
	int n = 0;

	if (pci == NULL || pci->regs == NULL || pci->peek == NULL)
		return -ENOTSUP;
	pthread_mutex_lock(&g->lock);
	for (i = 0; i < pci->regs->n; i++) {
		const struct nic_reg *row = &pci->regs->row[i];

		if (name != NULL && strcasecmp(name, row->name) != 0)
			continue;
		reg = (struct guest_reg){ .name = row->name,
			.n = RTE_MAX(row->count, (uint16_t)1),
			.width = row->width };
		for (; reg.index < reg.n; reg.index++) {
			reg.offset = row->offset + (uint32_t)reg.index * row->width;
			reg.value = pci->peek(g->nic, row, reg.offset);
			fn(ctx, &reg);
			n++;
		}
	}
	pthread_mutex_unlock(&g->lock);
	return n;
}

const struct nic_pci *
guest_pci(struct guest *g, uint8_t *config)
{
	const struct nic_pci *pci = guest_own_pci(g);

	if (pci == NULL)
		return NULL;
	pthread_mutex_lock(&g->lock);
	nic_pci_config_read(g->nic->config, 0, config, NIC_PCI_CONFIG_LEN);
	pthread_mutex_unlock(&g->lock);
	return pci;
}

int
guest_rx_filter(struct guest *g, struct nic_rx_filter *f)
{
	if (guest_own_pci(g) == NULL || g->nic->model->rx_filter == NULL)
		return -ENOTSUP;
	pthread_mutex_lock(&g->lock);
	g->nic->model->rx_filter(g->nic, f);
	pthread_mutex_unlock(&g->lock);
	return 0;
}
